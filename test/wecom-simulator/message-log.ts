// What the simulated WeCom holds: messages in order of seq, released over time, sealed when they are first asked for and kept sealed.
import type { KeyObject } from 'node:crypto';
import type { RandomBytes } from './envelope.ts';
import { sealMessage } from './envelope.ts';

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

export interface LoggedMessage extends SourceMessage {
  readonly seq: number;
  readonly publickeyVer: number;
  readonly createdAtMs: number;
  readonly damage?: EntryDamage;
}

export interface MessageLog {
  append(
    message: SourceMessage,
    at: { createdAtMs: number; damage?: EntryDamage; skipSeqs?: number },
  ): LoggedMessage;
  /** Knows a key; {@link useKey} makes it the one that seals. */
  addKey(version: number, key: KeyObject): void;
  /** Messages appended from now on are sealed with this key. */
  useKey(version: number): void;
  /** Entries with seq > `after` among those created no later than `untilMs`, as JSON texts. */
  entries(after: number, limit: number, window: { fromMs: number; untilMs: number }): readonly string[];
  all(): readonly LoggedMessage[];
  /** Seals everything now, so that serving costs nothing. */
  sealAll(): void;
  size(): number;
  /** How many messages exist at a moment. */
  released(untilMs: number): number;
}

/** Sealed entries kept in memory, about 1.5 kB each. */
const KEPT_SEALED = 20_000;

export function createMessageLog(
  firstKey: { version: number; key: KeyObject },
  random: RandomBytes,
): MessageLog {
  const messages: LoggedMessage[] = [];
  const sealed: (string | undefined)[] = [];
  const keys = new Map([[firstKey.version, firstKey.key]]);
  let newest = firstKey.version;
  let lastSeq = 0;
  let keepAll = false;

  const entryOf = (index: number): string => {
    const known = sealed[index];
    if (known !== undefined) return known;
    const message = messages[index];
    if (message === undefined) throw new Error(`no message at ${index}`);
    const text = sealEntry(message, keys, random);
    sealed[index] = text;
    // Served entries are asked for again at most once or twice: what lies far behind is sealed anew when it is.
    if (!keepAll) sealed[index - KEPT_SEALED] = undefined;
    return text;
  };

  return {
    append(message, at) {
      lastSeq += 1 + (at.skipSeqs ?? 0);
      const logged: LoggedMessage = {
        ...message,
        seq: lastSeq,
        publickeyVer: newest,
        createdAtMs: at.createdAtMs,
        ...(at.damage === undefined ? {} : { damage: at.damage }),
      };
      messages.push(logged);
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
      for (
        let i = from;
        i < messages.length && found.length < limit && (messages[i]?.createdAtMs ?? 0) <= window.untilMs;
        i++
      )
        found.push(entryOf(i));
      return found;
    },
    all: () => messages,
    sealAll() {
      keepAll = true;
      for (let i = 0; i < messages.length; i++) entryOf(i);
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

function sealEntry(
  message: LoggedMessage,
  keys: ReadonlyMap<number, KeyObject>,
  random: RandomBytes,
): string {
  const key = keys.get(message.publickeyVer);
  if (key === undefined) throw new Error(`no key of version ${message.publickeyVer}`);
  const plaintext = message.damage === 'not-json' ? message.plaintext.slice(0, -2) : message.plaintext;
  const envelope = sealMessage(Buffer.from(plaintext, 'utf8'), key, random);
  return entryJson(message, damaged(envelope, message.damage));
}

function entryJson(
  message: LoggedMessage,
  envelope: { version?: number; encrypt_random_key: string; encrypt_chat_msg: string },
): string {
  return `{"seq":${message.seq},"msgid":${JSON.stringify(message.msgid)},"publickey_ver":${envelope.version ?? message.publickeyVer},"encrypt_random_key":"${envelope.encrypt_random_key}","encrypt_chat_msg":"${envelope.encrypt_chat_msg}"}`;
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
