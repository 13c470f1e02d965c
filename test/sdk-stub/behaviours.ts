// The misbehaviours that the hostile builds know, by the names used in native/*.c; `behaviours.test.ts` holds the two lists together.

/** Where a fixed misbehaviour strikes. */
export const PLACES = [
  'load',
  'NewSdk',
  'Init',
  'GetChatData',
  'GetMediaData',
  'DecryptData',
  'DestroySdk',
] as const;
export type Place = (typeof PLACES)[number];

/** Ends the process, in this call or soon after it. */
export const DEADLY = [
  'segv',
  'abort',
  'core',
  'exit',
  'exit-quietly',
  'stack-smash',
  'heap-smash',
  'sigpipe',
  'balloon',
  'thread-crash',
] as const;

/** Never returns: somebody has to end it. */
export const STUCK = ['hang', 'hang-deaf', 'spin'] as const;

/** Goes on as if nothing had happened; what it reached for must have been out of reach, or must not matter. */
export const TRESPASSING = [
  'slow',
  'leak',
  'chatter',
  'close-fds',
  'scribble',
  'take-signals',
  'leave-child',
  'run-program',
  'replace-program',
  'write-file',
  'listen',
  'threads',
  'second-thread',
] as const;

/** Returns something that is not what WeCom answered, or not where it says it is. */
export const LYING = [
  'garbage',
  'empty',
  'other-json',
  'half',
  'flip',
  'forge',
  'read-file',
  'negative-length',
  'huge-length',
  'null-buffer',
  'wild-buffer',
  'longer',
  'thread-scribble',
] as const;

export type Behaviour =
  | (typeof DEADLY)[number]
  | (typeof STUCK)[number]
  | (typeof TRESPASSING)[number]
  | (typeof LYING)[number]
  /** Connects to this port of loopback and sends the secret there. */
  | `call-out-${number}`
  /** Returns this code. */
  | `code-${number}`;

export const NAMED_BEHAVIOURS: readonly Behaviour[] = [...DEADLY, ...STUCK, ...TRESPASSING, ...LYING];

/** What a build with `obeys` looks for in the `errmsg` of an answer. */
export const orderOf = (behaviour: Behaviour): string => `stub:${behaviour}`;
