// What the simulated WeCom holds: messages in order of seq, released over time, sealed when they are first asked for and kept sealed.
import type { KeyObject } from 'node:crypto';
import { sealMessage } from './envelope.ts';
import { seededRandom } from './seeded-random.ts';

/** What the generator says is wrong with a message. */
export interface Planted {
  readonly policy: string;
  readonly rule: string;
  readonly text: string;
}

export interface SourceMessage {
  readonly msgid: string;
  readonly msgtype: string;
  /** Exact plaintext JSON. */
  readonly plaintext: string;
  /** path → SHA-256 (hex) of the media plaintext. */
  readonly media: Readonly<Record<string, string>>;
  readonly planted: readonly Planted[];
  readonly nearMiss?: string;
}

/** Damage done to one entry on its way out. */
export type EntryDamage =
  | 'unknown-key-version'
  | 'flipped-bytes'
  | 'short-message'
  | 'not-json'
  | 'wrong-key';

export const ENTRY_DAMAGES: readonly EntryDamage[] = [
  'unknown-key-version',
  'flipped-bytes',
  'short-message',
  'not-json',
  'wrong-key',
];

export interface LoggedMessage extends SourceMessage {
  readonly seq: number;
  readonly publickeyVer: number;
  readonly createdAtMs: number;
  readonly damage?: EntryDamage;
}

export interface AppendAt {
  readonly createdAtMs: number;
  readonly damage?: EntryDamage;
  readonly skipSeqs?: number;
}

/** What of the log can be pulled. */
export interface LogWindow {
  readonly fromMs: number;
  readonly untilMs: number;
  /** False for messages that WeCom never archived; default all are. */
  readonly admits?: (message: LoggedMessage) => boolean;
}

export interface MessageLog {
  /**
   * Puts a message where its time belongs: behind everything that exists at `createdAtMs` and everything ever served, before what is still
   * to come, whose seqs move up (nobody has seen them). `skipSeqs` leaves a gap before it.
   */
  append(message: SourceMessage, at: AppendAt): LoggedMessage;
  /** Knows a key; {@link useKey} makes it the one that seals. */
  addKey(version: number, key: KeyObject): void;
  /** Messages appended from now on are sealed with this key. */
  useKey(version: number): void;
  /** Entries with seq > `after` in the window, as JSON texts. */
  entries(after: number, limit: number, window: LogWindow): readonly string[];
  /** Without those forgotten. */
  all(): readonly LoggedMessage[];
  /** Drops what was created before this moment from memory, all but the newest message, whose seq the next one follows. */
  forget(createdBeforeMs: number): void;
  /** Seals everything now, so that serving costs nothing. */
  sealAll(): void;
  size(): number;
  /** How many messages exist at a moment. */
  released(untilMs: number): number;
}

/** Sealed entries kept in memory, about 1.5 kB each. */
const KEPT_SEALED = 20_000;

/** `seed` makes the envelopes: with the same seed and keys an entry is the same text on every start, however often it is sealed. */
export function createMessageLog(firstKey: { version: number; key: KeyObject }, seed: number): MessageLog {
  const messages: LoggedMessage[] = [];
  /** What follows the seq in an entry: the seq of a message that is still to come may change. */
  const sealed: (string | undefined)[] = [];
  /** Index behind the last message that was served: what was seen stays where it is. */
  let served = 0;
  const keys = new Map([[firstKey.version, firstKey.key]]);
  let newest = firstKey.version;
  let keepAll = false;

  const sealedOf = (index: number, message: LoggedMessage): string => {
    const known = sealed[index];
    if (known !== undefined) return known;
    const text = sealEntry(message, keys, seed);
    sealed[index] = text;
    // Served entries are asked for again at most once or twice: what lies far behind is sealed anew when it is.
    if (!keepAll && index >= KEPT_SEALED) sealed[index - KEPT_SEALED] = undefined;
    return text;
  };

  /** Makes room before `index` and moves the seqs from there on. */
  const insert = (index: number, message: LoggedMessage, shift: number): void => {
    messages.splice(index, 0, message);
    if (sealed.length > index) sealed.splice(index, 0, undefined);
    for (let i = index + 1; i < messages.length; i++) {
      const later = messages[i];
      if (later !== undefined) messages[i] = { ...later, seq: later.seq + shift };
    }
  };

  return {
    append(message, at) {
      const index = Math.max(
        served,
        firstAfter(messages, (known) => known.createdAtMs > at.createdAtMs),
      );
      const before = messages[index - 1];
      const step = 1 + (at.skipSeqs ?? 0);
      const logged: LoggedMessage = {
        ...message,
        seq: (before?.seq ?? 0) + step,
        publickeyVer: newest,
        // A clock that was set back must not break the order in which messages are looked up.
        createdAtMs: Math.max(at.createdAtMs, before?.createdAtMs ?? at.createdAtMs),
        ...(at.damage === undefined ? {} : { damage: at.damage }),
      };
      if (index === messages.length) messages.push(logged);
      else insert(index, logged, step);
      return logged;
    },
    addKey(version, key) {
      keys.set(version, key);
    },
    useKey(version) {
      if (!keys.has(version)) throw new Error(`no key of version ${version}`);
      newest = version;
    },
    entries(after, limit, window) {
      const from = Math.max(
        firstAfter(messages, (message) => message.seq > after),
        firstAfter(messages, (message) => message.createdAtMs >= window.fromMs),
      );
      const found: string[] = [];
      for (let i = from; found.length < limit; i++) {
        const message = messages[i];
        if (message === undefined || message.createdAtMs > window.untilMs) break;
        served = Math.max(served, i + 1);
        if (window.admits?.(message) === false) continue;
        found.push(`{"seq":${message.seq},${sealedOf(i, message)}`);
      }
      return found;
    },
    all: () => messages,
    forget(createdBeforeMs) {
      const old = firstAfter(messages, (message) => message.createdAtMs >= createdBeforeMs);
      const gone = Math.max(0, Math.min(old, messages.length - 1));
      messages.splice(0, gone);
      sealed.splice(0, gone);
      served = Math.max(0, served - gone);
    },
    sealAll() {
      keepAll = true;
      messages.forEach((message, i) => {
        sealedOf(i, message);
      });
    },
    size: () => messages.length,
    released: (untilMs) => firstAfter(messages, (message) => message.createdAtMs > untilMs),
  };
}

/** Index of the first message for which `holds`, which is false up to some point and true from there on. */
function firstAfter(messages: readonly LoggedMessage[], holds: (message: LoggedMessage) => boolean): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const message = messages[middle];
    if (message !== undefined && holds(message)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sealEntry(message: LoggedMessage, keys: ReadonlyMap<number, KeyObject>, seed: number): string {
  const key = keys.get(message.publickeyVer);
  if (key === undefined) throw new Error(`no key of version ${message.publickeyVer}`);
  const plaintext = message.damage === 'not-json' ? message.plaintext.slice(0, -2) : message.plaintext;
  // Bytes of its own for each message: what is dropped from memory and sealed again is the same again.
  const random = seededRandom(seed, hashOf(message.msgid), message.createdAtMs);
  const envelope = sealMessage(Buffer.from(plaintext, 'utf8'), key, random.bytes);
  return entryJson(message, damaged(envelope, message.damage));
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The members of an entry behind its seq. */
function entryJson(
  message: LoggedMessage,
  envelope: { version?: number; encrypt_random_key: string; encrypt_chat_msg: string },
): string {
  return `"msgid":${JSON.stringify(message.msgid)},"publickey_ver":${envelope.version ?? message.publickeyVer},"encrypt_random_key":"${envelope.encrypt_random_key}","encrypt_chat_msg":"${envelope.encrypt_chat_msg}"}`;
}

function damaged(
  envelope: { encrypt_random_key: string; encrypt_chat_msg: string },
  damage: EntryDamage | undefined,
): { version?: number; encrypt_random_key: string; encrypt_chat_msg: string } {
  switch (damage) {
    case 'unknown-key-version':
      return { ...envelope, version: 99 };
    case 'short-message':
      return { ...envelope, encrypt_chat_msg: envelope.encrypt_chat_msg.slice(0, 12) };
    case 'flipped-bytes':
      return { ...envelope, encrypt_chat_msg: flipMiddle(envelope.encrypt_chat_msg) };
    case 'wrong-key':
      return { ...envelope, encrypt_random_key: flipMiddle(envelope.encrypt_random_key) };
    case 'not-json':
    case undefined:
      return envelope;
  }
}

function flipMiddle(base64: string): string {
  const middle = base64.length >> 1;
  const flipped = base64[middle] === 'A' ? 'B' : 'A';
  return `${base64.slice(0, middle)}${flipped}${base64.slice(middle + 1)}`;
}
