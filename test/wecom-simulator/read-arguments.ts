// The command line of `npm run simulator`.
import { parseArgs } from 'node:util';

export interface SimulatorArguments {
  readonly port: number;
  readonly messages: number;
  readonly seed: number;
  /** Messages released a second; undefined = all at once. */
  readonly rate: number | undefined;
  readonly stateDir: string | undefined;
  readonly preEncrypt: boolean;
  /** Serve https as well. */
  readonly tls: boolean;
  /** Source addresses that may call; undefined = all. */
  readonly allowedAddresses: readonly string[] | undefined;
  readonly corpId: string;
  /** Print so many test vectors and end. */
  readonly vectors: number | undefined;
  readonly callback: { readonly url: string; readonly token: string; readonly key: string } | undefined;
}

export const USAGE = `usage: npm run simulator -- [options]

Plays WeCom on loopback: its chat data protocol, the server APIs around it, robots and callbacks. Not WeCom: for tests and demos.
  --port P           port to listen on (default: any free one)
  --messages N       messages to make up (default 1000)
  --seed S           the same seed tells the same story (default 1)
  --rate R           release R messages a second instead of all at once
  --state DIR        keep keys and truth there; a restart serves the same messages (default: a temporary folder)
  --pre-encrypt      encrypt everything before the first answer
  --tls              serve https as well, as qyapi.weixin.qq.com, with a certificate of an authority of its own: tlsUrl, caFile
  --allow ADDRESS    source address that may call, more than once for more; others get 60020 or 301042 (default: all)
  --corp-id ID       corporation to play (default ww1234567890abcdef)
  --callback URL     announce new messages there, at most every 15 s, once it echoes rightly; needs --callback-token, --callback-key
  --vectors N        serve nothing: print N test vectors of the message envelope, one JSON object a line, and end; --seed counts
  --help

A vector is {key, ciphertext_b64, plaintext}. key: what RSA gives for encrypt_random_key, the SDK's encrypt_key. ciphertext_b64: encrypt_chat_msg,
the text as WeCom sends it, to be passed on as it is, not decoded. plaintext: the message's JSON. DecryptData(key, ciphertext_b64) is plaintext.

Steered and looked into by HTTP under /_simulator/: GET truth, coverage, protocol-errors, sent, stats;
POST append, circumstances, directory, faults, rotate-key, tokens/invalidate.
Memory: 100 MB, and at most 3 kB for each message, 6 kB with --pre-encrypt. truthFile holds the story as first told, GET truth also what was appended.
Prints one JSON line when it is ready: url, corpId, secret, directorySecret, privateKeyFiles, truthFile,
with --tls also tlsUrl and caFile. Ends with 0 on SIGTERM.`;

export type ParsedArguments =
  | { readonly ok: true; readonly value: SimulatorArguments }
  | { readonly ok: false; readonly problem: string };

export function readArguments(argv: readonly string[]): ParsedArguments {
  const text = { type: 'string' as const };
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        port: text,
        messages: text,
        seed: text,
        rate: text,
        state: text,
        'pre-encrypt': { type: 'boolean' },
        tls: { type: 'boolean' },
        allow: { type: 'string', multiple: true },
        'corp-id': text,
        vectors: text,
        callback: text,
        'callback-token': text,
        'callback-key': text,
      },
    });
    const number = (
      name: 'port' | 'messages' | 'seed' | 'rate' | 'vectors',
      least: number,
      fallback?: number,
    ): number => {
      const given = values[name];
      const value = given === undefined ? fallback : Number(given);
      if (value === undefined || !Number.isFinite(value) || value < least)
        throw new Error(`--${name} is ${given}; it must be a number of at least ${least}`);
      return value;
    };
    return {
      ok: true,
      value: {
        port: number('port', 0, 0),
        messages: Math.floor(number('messages', 0, 1000)),
        seed: Math.floor(number('seed', 0, 1)),
        rate: values.rate === undefined ? undefined : number('rate', 0.001),
        stateDir: values.state,
        preEncrypt: values['pre-encrypt'] === true,
        tls: values.tls === true,
        allowedAddresses: values.allow,
        corpId: values['corp-id'] ?? 'ww1234567890abcdef',
        vectors: values.vectors === undefined ? undefined : Math.floor(number('vectors', 1)),
        callback: readCallback(values.callback, values['callback-token'], values['callback-key']),
      },
    };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function readCallback(
  url: string | undefined,
  token: string | undefined,
  key: string | undefined,
): SimulatorArguments['callback'] {
  if (url === undefined) return undefined;
  if (token === undefined || key === undefined)
    throw new Error('--callback needs --callback-token and --callback-key');
  if (key.length !== 43) throw new Error('--callback-key must have 43 characters (EncodingAESKey)');
  return { url, token, key };
}
