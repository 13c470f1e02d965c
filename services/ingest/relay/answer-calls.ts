// The three calls of the SDK: which they are, where they go, what comes back. Whatever happens onward, the SDK gets a whole JSON answer: WeCom's, or a
// harmless one of ours, because it does not survive every other.
import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '@menshen/contracts/clock';
import type { SdkExchange } from './end-tls.ts';
import type { ForwardCalls, Forwarded } from './forward-call.ts';
import { judgeAnswer, type Verdict } from './judge-answer.ts';
import type { RelayLimits } from './relay-limits.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import type { AnsweredRange, RelayedAnswer, SdkCall } from './relayed-answer.ts';

export interface AnswerCallsOptions {
  readonly clock: Clock;
  readonly limits: Pick<RelayLimits, 'callMs'>;
  readonly calls: Pick<ForwardCalls, 'forward'>;
  readonly metrics: Pick<RelayMetrics, 'refused'>;
  readonly report: (answer: RelayedAnswer) => void;
}

export function answerCalls(options: AnswerCallsOptions): (exchange: SdkExchange) => Promise<void> {
  return (exchange) => answerCall(options, exchange);
}

async function answerCall(options: AnswerCallsOptions, exchange: SdkExchange): Promise<void> {
  const { caller, request, body, response } = exchange;
  const known = knownCall(request.method, request.url ?? '');
  if (known === undefined) {
    options.metrics.refused('request');
    return answer(response, 403, failure(-1, 'not a call of the Finance SDK'));
  }
  const { call } = known;
  const told = { kind: 'Answer' as const, caller, call, requestBytes: body.length };
  if (call !== 'gettoken' && lacksToken(known.path)) {
    const given = failure(41001, 'access_token missing');
    const givenSha256 = call === 'getchatdata' ? digestOf(given) : undefined;
    options.report({ ...told, ...UNSENT, givenSha256, tookMs: 0 });
    return answer(response, 200, given);
  }
  const startedMs = options.clock.nowMs();
  const forwarded = await forward(options, known, exchange);
  const { verdict, ...facts } = judge(call, forwarded, request.headers.range);
  const { fault, errcode, range } = verdict;
  const tookMs = options.clock.nowMs() - startedMs;
  const given = fault === undefined ? verdict.body : failure(-1, `relay: ${fault.reason}`);
  const held = call === 'getchatdata' ? given : verdict.ciphertext;
  const givenSha256 = held === undefined ? undefined : digestOf(held);
  options.report({ ...told, ...facts, fault, errcode, range, givenSha256, tookMs });
  answer(response, 200, given, range);
}

/** What the SDK makes of it can be held to it: a page comes back as it went, a piece of a file as its plaintext. */
const digestOf = (given: Buffer): string => hash('sha256', given, 'hex');

interface KnownCall {
  readonly method: 'GET' | 'POST';
  readonly call: SdkCall;
  /** With the query, which carries the secret or the token. */
  readonly path: string;
}

const CALLS: Readonly<Record<string, Omit<KnownCall, 'path'>>> = {
  '/cgi-bin/gettoken': { method: 'GET', call: 'gettoken' },
  '/cgi-bin/message/getchatdata': { method: 'POST', call: 'getchatdata' },
  '/cgi-bin/message/getchatmediadata': { method: 'POST', call: 'getchatmediadata' },
};

/** Paths are compared as they stand: no decoding, no dots to resolve. node:http would refuse to send anything but visible ASCII. */
export function knownCall(method: string | undefined, path: string): KnownCall | undefined {
  const name = path.split('?', 1)[0] ?? '';
  const known = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
  return known?.method === method && known !== undefined && /^[\x21-\x7e]+$/.test(path)
    ? { ...known, path }
    : undefined;
}

function lacksToken(path: string): boolean {
  return (new URLSearchParams(path.split('?')[1] ?? '').get('access_token') ?? '') === '';
}

const UNSENT = {
  sent: false,
  status: undefined,
  errcode: undefined,
  range: undefined,
  answerBytes: 0,
  fault: { reason: 'NoToken', detail: 'gettoken had failed; see the answer before' },
} as const;

/** Gives up when time is out or the SDK has gone. */
async function forward(
  { calls, limits }: AnswerCallsOptions,
  { method, path }: KnownCall,
  { request, body, response }: SdkExchange,
): Promise<Forwarded> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  const { range, 'content-type': type } = request.headers;
  const headers = {
    ...(type === undefined ? {} : { 'Content-Type': type }),
    ...(range === undefined ? {} : { Range: range }),
  };
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(limits.callMs)]);
  const forwarded = await calls.forward({ method, path, headers, body, signal });
  response.off('close', leave);
  return forwarded;
}

type Judged = Pick<RelayedAnswer, 'sent' | 'status' | 'answerBytes'> & { readonly verdict: Verdict };

function judge(call: SdkCall, forwarded: Forwarded, asked: string | undefined): Judged {
  if (!forwarded.ok) {
    const { sent, answerBytes, fault } = forwarded;
    const verdict = { fault, errcode: undefined, range: undefined, body: NOTHING };
    return { sent, status: undefined, answerBytes, verdict };
  }
  const { status, body } = forwarded.answer;
  return {
    sent: true,
    status,
    answerBytes: body.length,
    verdict: judgeAnswer(call, forwarded.answer, asked),
  };
}

const NOTHING = Buffer.alloc(0);

/** WeCom's form of a refusal, which the SDK survives for every call. */
const failure = (errcode: number, errmsg: string): Buffer => Buffer.from(JSON.stringify({ errcode, errmsg }));

/** The range header in the one spelling that the SDK recognises (measured): upper case, whatever a gateway made of it. */
function answer(response: ServerResponse, status: number, body: Buffer, range?: AnsweredRange): void {
  if (range !== undefined)
    response.setHeader('CONTENT-RANGE', `BYTES ${range.from}-${range.to}/${range.total}`);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=UTF-8',
    'Content-Length': body.length,
    Connection: 'close',
  });
  response.end(body);
}
