// getchatdata and getchatmediadata, as the Finance SDK speaks them (measured): JSON over HTTP, ranges of ciphertext.
import type { Circumstances } from './circumstances.ts';
import { type Answer, failure, json } from './http-answer.ts';
import type { MediaShelf } from './media-shelf.ts';
import type { MessageLog } from './message-log.ts';
import type { MinuteLimit, ProtocolErrors } from './request-rules.ts';

export interface ChatDataState {
  readonly log: MessageLog;
  readonly shelf: MediaShelf;
  readonly limit: MinuteLimit;
  readonly errors: ProtocolErrors;
  /** Content older than this cannot be pulled. */
  readonly horizonMs: number;
  /** How far the log is released: entries created later do not exist yet. */
  releasedUntilMs(): number;
  /** See circumstances.ts. */
  readonly circumstances: Pick<Circumstances, 'admits' | 'isLicenceExpired'>;
  readonly served: { pulls: number; entries: number; mediaBytes: number };
}

export interface PullRequest {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
  /** Serve the page before the one asked for. */
  readonly repeatPage: boolean;
}

const CHUNK_ALIGNMENT = 16;

/** WeCom developer page p/91774: limit 1..1000, 600 pulls a minute, only the last five days. */
export function answerPull(state: ChatDataState, request: PullRequest): Answer {
  const { seq, limit, version } = request.body;
  const problem = pullProblem({ seq, limit, version });
  if (problem !== undefined) {
    state.errors.add(request.path, problem);
    return { body: failure(40058, problem) };
  }
  if (!state.limit.take(request.nowMs)) {
    state.errors.add(request.path, 'more than 600 pulls a minute');
    return { body: failure(45009, 'api freq out of limit') };
  }
  const asked = Number(seq);
  const after = request.repeatPage ? Math.max(0, asked - Number(limit)) : asked;
  const window = {
    fromMs: request.nowMs - state.horizonMs,
    untilMs: state.releasedUntilMs(),
    admits: state.circumstances.admits,
  };
  const entries = state.log.entries(after, Number(limit), window);
  state.served.pulls++;
  state.served.entries += entries.length;
  return { body: `{"errcode":0,"errmsg":"ok","chatdata":[${entries.join(',')}]}` };
}

function pullProblem(of: { seq: unknown; limit: unknown; version: unknown }): string | undefined {
  const limit = Number(of.limit);
  if (of.seq === undefined || !/^\d+$/.test(String(of.seq))) return 'seq is missing or not a number';
  if (of.limit === undefined || !Number.isInteger(limit) || limit < 1 || limit > 1000)
    return 'limit is not within 1..1000';
  if (![1, 2, 3].includes(Number(of.version))) return 'version is missing';
  return undefined;
}

export interface MediaRequest {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly range: string | undefined;
}

/** One range of a file's ciphertext; the last range is clipped to the file, and may be one padding block. */
export function answerMedia(state: ChatDataState, request: MediaRequest): Answer {
  const { fileid, authkey, version } = request.body;
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.range ?? '');
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  const problem = match === null ? 'Range is missing or malformed' : mediaProblem({ version, from, to });
  if (problem !== undefined) {
    state.errors.add(request.path, problem);
    return { body: failure(40058, problem) };
  }
  const file = state.shelf.get(String(fileid), String(authkey));
  if (file === undefined) return { body: failure(301048, 'data expired') };
  if (from >= file.length) {
    state.errors.add(request.path, `range begins at ${from}, the file ends at ${file.length}`);
    return { body: failure(40058, 'range beyond the file') };
  }
  const part = file.range(from, Math.min(to + 1, file.length));
  state.served.mediaBytes += part.length;
  return {
    body: json({ content: part.toString('base64') }),
    headers: { 'CONTENT-RANGE': `BYTES ${from}-${from + part.length - 1}/${file.length}` },
  };
}

function mediaProblem(of: { version: unknown; from: number; to: number }): string | undefined {
  if (![1, 2, 3].includes(Number(of.version))) return 'version is missing';
  if (of.to < of.from) return 'the range ends before it begins';
  if (of.from % CHUNK_ALIGNMENT !== 0 || (of.to - of.from + 1) % CHUNK_ALIGNMENT !== 0)
    return `range ${of.from}-${of.to} is not aligned to ${CHUNK_ALIGNMENT} bytes`;
  return undefined;
}
