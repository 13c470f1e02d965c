// A company talking: several conversations going on at once, with topics, turns and tempers, among which violations are planted and
// innocent look-alikes abound. Deterministic in (seed, messages, times): the same call tells the same story.
import type { Acme } from './acme.ts';
import { makeTyped, sendProgram, sendVeryLarge, type TypeContext, type TypedMessage } from './every-type.ts';
import type { MediaShelf } from './media-shelf.ts';
import type { Planted, SourceMessage } from './message-log.ts';
import { fillSlots, type Language, sayPlainly } from './plain-talk.ts';
import { FAMILIES, INNOCENT, type Innocent, type Side } from './planted-violations.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { type Address, nameMessage, writeMessage } from './write-message.ts';

export interface GeneratorOptions {
  readonly seed: number;
  readonly acme: Acme;
  readonly shelf: MediaShelf;
  /** msgtime of message `i`, ms. */
  readonly timeOf: (i: number) => number;
}

export type Generator = (i: number) => SourceMessage;

interface Scene {
  readonly roomid: string;
  readonly staff: readonly string[];
  readonly externals: readonly string[];
  readonly language: Language;
  turns: number;
  last: string | undefined;
  lastMsgid: string | undefined;
}

const SCENES_AT_ONCE = 12;
const TYPED_SHARE = 0.2;
const PLANTED_SHARE = 0.025;
/** Of all messages; above the 30 % that are promised. */
const INNOCENT_SHARE = 0.345;

/** A generator to be called with 0, 1, 2 … in order. */
export function createGenerator(options: GeneratorOptions): Generator {
  const random = seededRandom(options.seed, 0x7a1c);
  const scenes = Array.from({ length: SCENES_AT_ONCE }, () => openScene(random, options.acme));
  return (i) => {
    const slot = random.integer(scenes.length);
    const running = scenes[slot];
    const scene = running === undefined || running.turns <= 0 ? openScene(random, options.acme) : running;
    scenes[slot] = scene;
    scene.turns--;
    const message = nextMessage(random, { ...options, i, scene });
    scene.lastMsgid = message.msgid;
    return message;
  };
}

function openScene(random: SeededRandom, acme: Acme): Scene {
  const language = random.pick<Language>([
    'zh',
    'zh',
    'zh',
    'zh',
    'yue',
    'yue',
    'en',
    'en',
    'mixed',
    'other',
  ]);
  const rest = { language, turns: 3 + random.integer(9), last: undefined, lastMsgid: undefined };
  if (random.chance(0.45)) {
    const groups = acme.groups;
    const group = random.pick(groups);
    const externals = group.members.filter((id) => !acme.teamOf.has(id));
    return {
      ...rest,
      roomid: group.roomid,
      staff: group.members.filter((id) => acme.teamOf.has(id)),
      externals,
    };
  }
  if (random.chance(0.4)) {
    const pair = [random.pick(acme.staff).userid, random.pick(acme.staff).userid];
    if (pair[0] !== pair[1]) return { ...rest, roomid: '', staff: pair, externals: [] };
  }
  const customer = random.pick(acme.customers);
  return { ...rest, roomid: '', staff: [...customer.followedBy], externals: [customer.externalUserid] };
}

interface Moment extends GeneratorOptions {
  readonly i: number;
  readonly scene: Scene;
}

function nextMessage(random: SeededRandom, moment: Moment): SourceMessage {
  const draw = random.next();
  if (draw < PLANTED_SHARE) return plant(random, moment) ?? talk(random, moment);
  if (draw < PLANTED_SHARE + INNOCENT_SHARE) return seemGuilty(random, moment) ?? talk(random, moment);
  if (draw < PLANTED_SHARE + INNOCENT_SHARE + TYPED_SHARE) return typed(random, moment);
  if (draw > 0.9985) return switchEvent(random, moment);
  if (draw > 0.997) return consentMessage(random, moment) ?? talk(random, moment);
  return talk(random, moment);
}

/** Someone of the scene speaks; not the one who spoke last, when there is a choice. */
function speaker(random: SeededRandom, scene: Scene): string {
  const all = [...scene.staff, ...scene.externals];
  const others = all.filter((id) => id !== scene.last);
  return random.pick(others.length > 0 ? others : all);
}

function addressOf(scene: Scene, from: string): Address {
  const others = [...scene.staff, ...scene.externals].filter((id) => id !== from);
  scene.last = from;
  return {
    from,
    tolist: scene.roomid === '' ? others.slice(0, 1) : others,
    roomid: scene.roomid,
    isExternal: scene.externals.length > 0,
  };
}

function sideOf(scene: Scene, from: string): Side {
  if (scene.externals.includes(from)) return 'Inbound';
  return scene.externals.length > 0 ? 'Outbound' : 'Internal';
}

interface Wanted {
  readonly side: Side;
  readonly conversation?: 'Direct' | 'Group';
  readonly team?: string;
}

/** Who of the scene may say it, `undefined` when nobody. */
function speakerFor(random: SeededRandom, moment: Moment, wanted: Wanted): string | undefined {
  const { scene, acme } = moment;
  const kind = scene.roomid === '' ? 'Direct' : 'Group';
  if (wanted.conversation !== undefined && wanted.conversation !== kind) return undefined;
  const able = [...scene.staff, ...scene.externals].filter((id) => {
    if (sideOf(scene, id) !== wanted.side) return false;
    const team = acme.teamOf.get(id);
    if (wanted.team === 'Sales') return team === 'East' || team === 'South';
    if (wanted.team !== undefined) return team === wanted.team;
    return team !== 'Compliance';
  });
  return able.length === 0 ? undefined : random.pick(able);
}

function plant(random: SeededRandom, moment: Moment): SourceMessage | undefined {
  if (random.chance(0.12)) return plantFile(random, moment);
  const able = FAMILIES.flatMap((family) => {
    const from = speakerFor(random, moment, family);
    return from === undefined ? [] : [{ family, from }];
  });
  if (able.length === 0) return undefined;
  const { family, from } = random.pick(able);
  const form = random.pick(family.forms);
  const text = fillSlots(random, random.pick(family.sentences).replace('{form}', '\u0000')).replace(
    '\u0000',
    form,
  );
  return textMessage(random, moment, {
    from,
    text,
    planted: [{ policy: family.policy, rule: family.rule, text: form }],
  });
}

function plantFile(random: SeededRandom, moment: Moment): SourceMessage | undefined {
  const from = speakerFor(random, moment, { side: 'Outbound' });
  if (from === undefined) return undefined;
  const isProgram = random.chance(0.7);
  const context = typeContext(random, moment, from);
  const planted = {
    policy: 'file-control',
    rule: isProgram ? 'program-sent-out' : 'large-file-out',
    text: '',
  };
  return typedMessage(random, moment, {
    from,
    draft: isProgram ? sendProgram(context) : sendVeryLarge(context),
    planted: [planted],
  });
}

function seemGuilty(random: SeededRandom, moment: Moment): SourceMessage | undefined {
  if (random.chance(0.01)) return innocentFile(random, moment);
  const able: { innocent: Innocent; from: string }[] = [];
  for (const innocent of INNOCENT) {
    const from = speakerFor(random, moment, innocent);
    if (from !== undefined) able.push({ innocent, from });
  }
  if (able.length === 0) return undefined;
  const { innocent, from } = random.pick(able);
  return textMessage(random, moment, {
    from,
    text: fillSlots(random, random.pick(innocent.sentences)),
    nearMiss: innocent.why,
  });
}

/** The same files inside the house, or from outside. */
function innocentFile(random: SeededRandom, moment: Moment): SourceMessage | undefined {
  const from = speakerFor(random, moment, { side: random.chance(0.5) ? 'Internal' : 'Inbound' });
  if (from === undefined) return undefined;
  const context = typeContext(random, moment, from);
  return typedMessage(random, moment, {
    from,
    draft: random.chance(0.5) ? sendProgram(context) : sendVeryLarge(context),
    nearMiss: 'other direction',
  });
}

function talk(random: SeededRandom, moment: Moment): SourceMessage {
  const twice = random.chance(0.3) ? `，${sayPlainly(random, moment.scene.language)}` : '';
  return textMessage(random, moment, {
    from: speaker(random, moment.scene),
    text: `${sayPlainly(random, moment.scene.language)}${twice}`,
  });
}

function typed(random: SeededRandom, moment: Moment): SourceMessage {
  const from = speaker(random, moment.scene);
  return typedMessage(random, moment, { from, draft: makeTyped(typeContext(random, moment, from)) });
}

function typeContext(random: SeededRandom, moment: Moment, sender: string): TypeContext {
  const { i, shelf, scene, acme } = moment;
  return {
    random,
    shelf,
    number: i,
    ms: moment.timeOf(i),
    sender,
    earlier: scene.lastMsgid,
    external: random.pick(acme.customers).externalUserid,
  };
}

interface Said {
  readonly from: string;
  readonly planted?: readonly Planted[];
  readonly nearMiss?: string;
}

function textMessage(random: SeededRandom, moment: Moment, said: Said & { text: string }): SourceMessage {
  return typedMessage(random, moment, { ...said, draft: { msgtype: 'text', body: { content: said.text } } });
}

function typedMessage(
  random: SeededRandom,
  moment: Moment,
  said: Said & { draft: TypedMessage },
): SourceMessage {
  const address = addressOf(moment.scene, said.from);
  const ms = moment.timeOf(moment.i);
  const msgid = nameMessage(random, moment.i, { ms, isExternal: address.isExternal });
  return {
    msgid,
    msgtype: said.draft.msgtype,
    plaintext: writeMessage(said.draft, address, { msgid, ms, quirk: random.chance(0.01) }),
    media: said.draft.media ?? {},
    planted: said.planted ?? [],
    ...(said.nearMiss === undefined ? {} : { nearMiss: said.nearMiss }),
  };
}

function switchEvent(random: SeededRandom, moment: Moment): SourceMessage {
  const ms = moment.timeOf(moment.i);
  const msgid = nameMessage(random, moment.i, { ms, isExternal: false });
  const plaintext = JSON.stringify({
    msgid,
    action: 'switch',
    time: ms,
    user: random.pick(moment.acme.staff).userid,
  });
  return { msgid, msgtype: 'switch', plaintext, media: {}, planted: [] };
}

/** A customer agrees to archiving, as most do; refusals are the business of tests, which say what must follow. */
function consentMessage(random: SeededRandom, moment: Moment): SourceMessage | undefined {
  const [external] = moment.scene.externals;
  if (external === undefined || moment.scene.roomid !== '') return undefined;
  const draft: TypedMessage = {
    msgtype: 'agree',
    body: { userid: external, agree_time: moment.timeOf(moment.i) },
  };
  return typedMessage(random, moment, { from: external, draft });
}
