// Our own client of the chat data protocol (measured on the Finance SDK: JSON over HTTP, media by Range). For the simulator only:
// companies in production use Tencent's SDK, and this engine refuses every address that is not near.
import type { Clock } from '@menshen/contracts/clock';
import { type AccessTokens, createAccessTokens } from './access-token.ts';
import { createHttpClient, type HttpClient } from './http-json.ts';
import { type Reply, readReply } from './read-reply.ts';
import { refuseFarAddress } from './require-near-address.ts';
import type { MediaOutcome, MediaRange, MessageSource, PullOutcome, SourceFailure } from './source.ts';
import { splitChatdata } from './split-chatdata.ts';

export interface SimulatorSourceOptions {
  readonly apiUrl: string;
  readonly corpId: string;
  readonly readSecret: () => Promise<string>;
  readonly clock: Clock;
}

/** Throws when `apiUrl` is not loopback or cluster-internal; the message says why. */
export function createSimulatorSource(options: SimulatorSourceOptions): MessageSource {
  const refused = refuseFarAddress(options.apiUrl);
  if (refused !== undefined) throw new Error(refused);
  const http = createHttpClient();
  const tokens = createAccessTokens({ ...options, http });
  const caller: Caller = { apiUrl: options.apiUrl, http, tokens };
  return {
    name: 'Simulator',
    pull: (fromSeq, limit) => pull(caller, fromSeq, limit),
    readMedia: (range) => readMedia(caller, range),
    async close() {
      http.close();
    },
  };
}

interface Caller {
  readonly apiUrl: string;
  readonly http: HttpClient;
  readonly tokens: AccessTokens;
}

/** What newer SDK builds send as their version. */
const PROTOCOL_VERSION = 3;

async function pull(caller: Caller, fromSeq: string, limit: number): Promise<PullOutcome> {
  // seq may be larger than a JavaScript number: it is written into the JSON as it is.
  const body = `{"seq":${fromSeq},"limit":${limit},"version":${PROTOCOL_VERSION}}`;
  const asked = await post(caller, { path: 'message/getchatdata', body });
  if (!asked.ok) return asked;
  const failure = asked.reply.ok ? undefined : asked.reply.failure;
  if (failure !== undefined) return { ok: false, failure };
  return { ok: true, entries: splitChatdata(asked.body.toString('utf8')) };
}

async function readMedia(caller: Caller, range: MediaRange): Promise<MediaOutcome> {
  const last = range.from + range.length - 1;
  const body = JSON.stringify({ ...openFileId(range.sdkfileid), version: PROTOCOL_VERSION });
  const asked = await post(caller, {
    path: 'message/getchatmediadata',
    body,
    headers: { Range: `bytes=${range.from}-${last}` },
  });
  if (!asked.ok) return asked;
  if (!asked.reply.ok) return { ok: false, failure: asked.reply.failure };
  const { json, headers } = asked.reply;
  const where = CONTENT_RANGE.exec(headers.get('content-range') ?? '');
  const content = typeof json['content'] === 'string' ? Buffer.from(json['content'], 'base64') : undefined;
  const problem = checkRange(where, content, range);
  if (problem !== undefined || where === null || content === undefined) {
    return {
      ok: false,
      failure: {
        kind: 'Retry',
        reason: 'MediaRangeWrong',
        message: `getchatmediadata ${problem ?? 'is incomplete'}`,
      },
    };
  }
  return { ok: true, bytes: content, totalBytes: Number(where[3]) };
}

/** Spelled in any case and with any space: intermediaries change both, and the SDK's own strictness here loses data. */
const CONTENT_RANGE = /^\s*bytes\s*(\d+)\s*-\s*(\d+)\s*\/\s*(\d+)\s*$/i;

function checkRange(
  where: RegExpExecArray | null,
  content: Buffer | undefined,
  range: MediaRange,
): string | undefined {
  if (where === null) return 'answered without a CONTENT-RANGE: the size of the file is unknown';
  if (content === undefined) return 'answered without content';
  if (Number(where[1]) !== range.from) return 'answered another range than was asked for';
  if (content.length !== Number(where[2]) - range.from + 1)
    return 'answered fewer bytes than its CONTENT-RANGE says';
  return undefined;
}

/** sdkfileid is base64 of protobuf { 1 fileid, 2 authkey, 3 aeskey }; the wire wants the first two apart. */
function openFileId(sdkfileid: string): { fileid: string; authkey: string } {
  const fields = readStrings(Buffer.from(sdkfileid, 'base64'));
  return { fileid: fields.get(1) ?? '', authkey: fields.get(2) ?? '' };
}

/** The 32 hex characters of a file's AES-128 key, `undefined` when the id is not in its form. */
export function readMediaKey(sdkfileid: string): Buffer | undefined {
  const hex = readStrings(Buffer.from(sdkfileid, 'base64')).get(3);
  return hex !== undefined && /^[0-9a-fA-F]{32}$/.test(hex) ? Buffer.from(hex, 'hex') : undefined;
}

/** Length-delimited protobuf fields as strings; stops at what it does not understand. */
function readStrings(bytes: Buffer): ReadonlyMap<number, string> {
  const fields = new Map<number, string>();
  for (let at = 0; at + 1 < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) length = (length & 0x7f) + (bytes[at++] ?? 0) * 128;
    if ((tag & 7) !== 2 || at + length > bytes.length) break;
    fields.set(tag >> 3, bytes.toString('utf8', at, at + length));
    at += length;
  }
  return fields;
}

type Asked =
  | { readonly ok: true; readonly reply: Reply; readonly body: Buffer }
  | { readonly ok: false; readonly failure: SourceFailure };

async function post(
  caller: Caller,
  call: { path: string; body: string; headers?: Record<string, string> },
): Promise<Asked> {
  const token = await caller.tokens.get();
  if (!token.ok) return token;
  const url = `${caller.apiUrl}/cgi-bin/${call.path}?access_token=${encodeURIComponent(token.token)}`;
  const outcome = await caller.http.ask({
    method: 'POST',
    url,
    body: call.body,
    ...(call.headers === undefined ? {} : { headers: call.headers }),
  });
  const reply = readReply(outcome, call.path.slice('message/'.length));
  if (!reply.ok && reply.failure.kind === 'Renew') caller.tokens.refused(token.token);
  return { ok: true, reply, body: outcome.ok ? outcome.body : Buffer.alloc(0) };
}
