// What the company says: message i is a function of the seed and i, so none has to be kept. Files come from a plan, trouble included.
import type { Acme } from '@menshen/wecom-simulator/acme';
import type { EntryDamage, SourceMessage } from '@menshen/wecom-simulator/message-log';
import { type PlacedMedia, placeMedia } from '@menshen/wecom-simulator/place-media';
import { sayPlainly } from '@menshen/wecom-simulator/plain-talk';
import { type SeededRandom, seededRandom } from '@menshen/wecom-simulator/seeded-random';
import type { Simulator } from '@menshen/wecom-simulator/simulator';
import { type Address, nameMessage, writeMessage } from '@menshen/wecom-simulator/write-message';

/** Every so many messages carry a file. */
export const MESSAGES_PER_FILE = 50;
/** Every so many are damaged by WeCom for good: they must end as dead letters. Often enough that each kind meets each trouble of a short month. */
const MESSAGES_PER_DAMAGE = 97;
const DAMAGES: readonly EntryDamage[] = ['flipped-bytes', 'short-message', 'not-json', 'wrong-key'];

export interface Company {
  readonly seed: number;
  readonly acme: Acme;
  readonly shelf: Simulator['shelf'];
}

/** Message `i`, from 0; with `medium` it is a file. */
export function writeMessageOfMonth(
  { seed, acme, shelf }: Company,
  of: { readonly i: number; readonly ms: number; readonly medium: PlacedMedia | undefined },
): SourceMessage {
  const random = seededRandom(seed, of.i, 0x30d);
  const address = chooseAddress(random, acme);
  const at = {
    msgid: nameMessage(random, of.i, { ms: of.ms, isExternal: address.isExternal }),
    ms: of.ms,
    quirk: random.chance(0.01),
  };
  const { medium } = of;
  if (medium === undefined) {
    const draft = { msgtype: 'text', body: { content: sayPlainly(random, random.pick(LANGUAGES)) } };
    return {
      msgid: at.msgid,
      msgtype: 'text',
      plaintext: writeMessage(draft, address, at),
      media: {},
      planted: [],
    };
  }
  const body = { file: { filename: `${of.i}.bin`, fileext: 'bin' } };
  const { message, hashes } = placeMedia(body, [medium], { shelf, number: of.i });
  const draft = { msgtype: 'file', body: message['file'] as Record<string, unknown> };
  return {
    msgid: at.msgid,
    msgtype: 'file',
    plaintext: writeMessage(draft, address, at),
    media: hashes,
    planted: [],
  };
}

/** What WeCom does to message `i`. */
export function damageOf(i: number): EntryDamage | undefined {
  return i % MESSAGES_PER_DAMAGE === MESSAGES_PER_DAMAGE >> 1
    ? DAMAGES[Math.floor(i / MESSAGES_PER_DAMAGE) % DAMAGES.length]
    : undefined;
}

const LANGUAGES = ['zh', 'zh', 'zh', 'yue', 'en', 'mixed', 'other'] as const;

/** A member and a customer, two members, or somebody in a group whose members WeCom tells. */
function chooseAddress(random: SeededRandom, acme: Acme): Address {
  const kind = random.integer(3);
  if (kind === 0) {
    const { externalUserid, followedBy } = random.pick(acme.customers);
    const pair = [externalUserid, random.pick(followedBy)];
    if (random.chance(0.5)) pair.reverse();
    const [from = '', to = ''] = pair;
    return { from, tolist: [to], roomid: '', isExternal: true };
  }
  if (kind === 1) {
    const from = random.pick(acme.staff).userid;
    const others = acme.staff.filter(({ userid }) => userid !== from);
    return { from, tolist: [random.pick(others).userid], roomid: '', isExternal: false };
  }
  const group = random.pick(acme.groups.filter((one) => one.kind !== 'Unresolvable'));
  const from = random.pick(group.members);
  const tolist = group.members.filter((id) => id !== from);
  return { from, tolist, roomid: group.roomid, isExternal: group.kind === 'Customer' };
}
