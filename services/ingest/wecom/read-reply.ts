// An HTTP answer becomes JSON with errcode 0, or a failure that says what came instead.
import { parseJsonKeepingIntegers } from '@menshen/contracts/decimal';
import { classifyErrcode } from './classify-errcode.ts';
import type { HttpOutcome } from './http-json.ts';
import type { SourceFailure } from './source.ts';

export type Reply =
  | {
      readonly ok: true;
      readonly json: Readonly<Record<string, unknown>>;
      readonly headers: ReadonlyMap<string, string>;
    }
  | { readonly ok: false; readonly errcode: number | undefined; readonly failure: SourceFailure };

/** Checks transport, status, JSON and errcode, in this order. `call` names the API in messages. */
export function readReply(outcome: HttpOutcome, call: string): Reply {
  if (!outcome.ok) return broken(call, outcome.detail);
  if (outcome.status !== 200) return broken(call, `HTTP status ${outcome.status}`);
  const json = parseObject(outcome.body);
  if (json === undefined)
    return broken(
      call,
      outcome.body.length === 0 ? 'an empty body' : `${outcome.body.length} bytes that are not a JSON object`,
    );
  const errcode = json['errcode'] === undefined ? 0 : Number(json['errcode']);
  if (errcode === 0) return { ok: true, json, headers: outcome.headers };
  const meaning = classifyErrcode(errcode);
  const kind = meaning.kind === 'Ok' ? 'Retry' : meaning.kind;
  return {
    ok: false,
    errcode,
    failure: {
      kind,
      reason: meaning.reason,
      message: `${call} answered errcode ${errcode}. ${meaning.remedy}`,
    },
  };
}

function broken(call: string, what: string): Reply {
  return {
    ok: false,
    errcode: undefined,
    failure: { kind: 'Retry', reason: 'WeComUnreachable', message: `${call} failed: ${what}` },
  };
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const json = parseJsonKeepingIntegers(body.toString('utf8'));
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
