// WeCom, as real as it can be without Tencent: an HTTP server that speaks its wire protocol, is strict about ours, and can be told to misbehave.
// What it stands in for: the chat data interface, the server APIs around it, the event callback, robots and application messages.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AccessTokens, createAccessTokens, type TokenRefusal } from './access-tokens.ts';
import { APIS, type Fields } from './api-answers.ts';
import { changeCorporation } from './change-corporation.ts';
import { answerMedia, answerPull, type ChatDataState } from './chat-data.ts';
import { type Circumstances, createCircumstances } from './circumstances.ts';
import { answerControl } from './control-endpoints.ts';
import type { Corporation } from './corporation.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { type Answer, failure, json, saysOk, sendAnswer } from './http-answer.ts';
import { createMediaShelf, type MediaShelf } from './media-shelf.ts';
import { createMessageLog, type LoggedMessage, type MessageLog } from './message-log.ts';
import { createOutgoingMessages, type OutgoingMessages } from './outgoing-messages.ts';
import { createProtocolErrors, minuteLimit, type ProtocolErrors } from './request-rules.ts';

export interface SimulatorOptions {
  /** 0 = any free port. */
  readonly port: number;
  readonly corpId: string;
  readonly secrets: { readonly archive: string; readonly directory: string };
  readonly corporation: Corporation;
  readonly seed: number;
  readonly clock: { nowMs(): number };
  /** Default 7200. */
  readonly tokenSeconds?: number;
  /** Default five days. */
  readonly horizonMs?: number;
  /** Default 600. */
  readonly pullsPerMinute?: number;
  /** Source addresses that may call; default every loopback address. */
  readonly allowedAddresses?: readonly string[];
  /** Serve https as well, on another port, with this certificate. */
  readonly tls?: { readonly certificatePem: string; readonly keyPem: string };
  /** Keys of version 1, 2 …; default one pair made now. The first one seals until `useKey` says otherwise. */
  readonly keys?: readonly {
    readonly version: number;
    readonly publicKey: KeyObject;
    readonly privatePem: string;
  }[];
}

export interface Simulator {
  readonly url: string;
  /** `https://127.0.0.1:PORT`, when it was given a certificate. */
  readonly tlsUrl: string | undefined;
  readonly corpId: string;
  readonly log: MessageLog;
  readonly shelf: MediaShelf;
  readonly faults: Faults;
  readonly tokens: AccessTokens;
  readonly outgoing: OutgoingMessages;
  protocolErrors(): readonly { readonly path: string; readonly problem: string }[];
  /** PEM of every private key, by version. */
  privateKeys(): ReadonlyMap<number, string>;
  /** Makes the next key version and seals new messages with it. */
  rotateKey(): { readonly version: number; readonly privatePem: string };
  /** Seals new messages with a key that is known. */
  useKey(version: number): void;
  /** Changes what can be seen and captured from now on, see circumstances.ts. Throws an `Error` for people. */
  changeCircumstances(change: Readonly<Record<string, unknown>>): void;
  /** Changes what the directory interfaces tell from now on, see change-corporation.ts. Throws an `Error` for people. */
  change(change: Readonly<Record<string, unknown>>): void;
  truth(): readonly LoggedMessage[];
  /** Since the start: answered pulls (refused ones do not count), entries in them (one served twice counts twice), bytes of media ciphertext. */
  served(): { readonly pulls: number; readonly entries: number; readonly mediaBytes: number };
  close(): Promise<void>;
}

const FIVE_DAYS_MS = 5 * 24 * 3_600_000;

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const keys = options.keys ?? [makeKey(1)];
  const [first] = keys;
  if (first === undefined) throw new Error('the simulator needs at least one key');
  const errors = createProtocolErrors();
  const privateKeys = new Map(keys.map((key) => [key.version, key.privatePem]));
  const log = createMessageLog({ version: first.version, key: first.publicKey }, options.seed);
  for (const key of keys) log.addKey(key.version, key.publicKey);
  const state: State = {
    options,
    errors,
    faults: createFaults(),
    tokens: createAccessTokens({
      corpId: options.corpId,
      secrets: options.secrets,
      lifeSeconds: options.tokenSeconds ?? 7200,
    }),
    outgoing: createOutgoingMessages(errors),
    log,
    shelf: createMediaShelf(),
    limit: minuteLimit(options.pullsPerMinute ?? 600),
    horizonMs: options.horizonMs ?? FIVE_DAYS_MS,
    releasedUntilMs: () => options.clock.nowMs(),
    served: { pulls: 0, entries: 0, mediaBytes: 0 },
    corporation: options.corporation,
    circumstances: createCircumstances({
      messages: () => log.all(),
      expireFiles: () => state.shelf.expireAll(),
    }),
    changeCircumstances(change) {
      state.circumstances.change(change, { nowMs: options.clock.nowMs(), corporation: state.corporation });
    },
    change(change) {
      const nowSeconds = Math.floor(options.clock.nowMs() / 1000);
      state.corporation = changeCorporation(state.corporation, change, nowSeconds);
    },
    rotateKey() {
      const key = makeKey(Math.max(...privateKeys.keys()) + 1);
      privateKeys.set(key.version, key.privatePem);
      log.addKey(key.version, key.publicKey);
      log.useKey(key.version);
      return { version: key.version, privatePem: key.privatePem };
    },
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(state, request, response).catch((error: unknown) => {
      errors.add(
        request.url ?? '',
        `the simulator failed: ${error instanceof Error ? error.message : String(error)}`,
      );
      response.socket?.destroy();
    });
  };
  const server = createServer(handle);
  const port = await listen(server, options.port);
  const { tls } = options;
  const tlsServer =
    tls === undefined
      ? undefined
      : // What curl offers with HTTP/1.0 and 1.1; Node by itself hangs up on the former.
        createTlsServer(
          { cert: tls.certificatePem, key: tls.keyPem, ALPNProtocols: ['http/1.1', 'http/1.0'] },
          handle,
        );
  const tlsPort = tlsServer === undefined ? undefined : await listen(tlsServer, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    tlsUrl: tlsPort === undefined ? undefined : `https://127.0.0.1:${tlsPort}`,
    corpId: options.corpId,
    log,
    shelf: state.shelf,
    faults: state.faults,
    tokens: state.tokens,
    outgoing: state.outgoing,
    protocolErrors: () => errors.list(),
    privateKeys: () => privateKeys,
    rotateKey: state.rotateKey,
    change: state.change,
    changeCircumstances: state.changeCircumstances,
    useKey: (version) => log.useKey(version),
    truth: () => log.all(),
    served: () => ({ ...state.served }),
    async close() {
      await Promise.all([stop(server), tlsServer === undefined ? undefined : stop(tlsServer)]);
    },
  };
}

/** On loopback; gives back the port. */
function listen(server: Server, port: number): Promise<number> {
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** What the request handlers share. */
export interface State extends ChatDataState {
  readonly options: SimulatorOptions;
  readonly errors: ProtocolErrors;
  readonly faults: Faults;
  readonly tokens: AccessTokens;
  readonly outgoing: OutgoingMessages;
  /** As it is now. */
  corporation: Corporation;
  change(change: Readonly<Record<string, unknown>>): void;
  readonly circumstances: Circumstances;
  changeCircumstances(change: Readonly<Record<string, unknown>>): void;
  rotateKey(): { readonly version: number; readonly privatePem: string };
}

/** RSA-2048, as WeCom demands. */
export function makeKey(version: number): { version: number; publicKey: KeyObject; privatePem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { version, publicKey, privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly range: string | undefined;
  readonly address: string;
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  const text = await readBody(request);
  if (url.pathname.startsWith('/_simulator/'))
    return answerControl(state, { method: request.method ?? 'GET', path: url.pathname, text }, response);
  if (state.circumstances.isAway()) {
    response.socket?.destroy();
    return;
  }
  const injected = state.faults.take(url.pathname.split('/').at(-1) ?? '');
  const body = parseBody(text);
  if (body === undefined) {
    state.errors.add(url.pathname, 'the body is not a JSON object');
    return sendAnswer(response, { body: failure(47001, 'data format error') }, undefined);
  }
  const range = request.headers.range;
  const call: Call = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    body,
    range,
    address: request.socket.remoteAddress ?? '',
  };
  const fault = injected ?? faultOfFile(state, call);
  const answer =
    fault?.kind === 'errcode'
      ? { body: failure(fault.errcode ?? -1, 'system busy') }
      : answerCall(state, call, fault);
  // What failed says why in the same place: the words wait for an answer that says "ok".
  if (injected?.kind === 'errmsg' && !saysOk(answer)) state.faults.inject({ ...injected, times: 1 });
  await sendAnswer(response, answer, fault);
}

/** What a file does to whoever asks for it. */
function faultOfFile(state: State, { path, body, range }: Call): Fault | undefined {
  if (!path.endsWith('/getchatmediadata')) return undefined;
  return state.shelf.takeFault(String(body['fileid']), Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0));
}

function answerCall(state: State, call: Call, fault: Fault | undefined): Answer {
  const nowMs = state.options.clock.nowMs();
  const problem = addressProblem(call);
  if (problem !== undefined) return refuse(state, call, problem);
  if (call.path === '/cgi-bin/gettoken') return answerToken(state, call, nowMs);
  if (call.path === '/cgi-bin/webhook/send')
    return state.outgoing.sendByRobot(call.query.get('key'), call.body, nowMs);
  const isArchive = call.path.startsWith('/cgi-bin/message/getchat');
  if (!isAllowed(state, call.address))
    return { body: failure(isArchive ? 301042 : 60020, 'not allow to access from your ip') };
  const checked = state.tokens.check(call.query.get('access_token'), nowMs);
  if ('errcode' in checked) return refuseToken(state, call, checked);
  if (state.circumstances.isLicenceExpired() && (isArchive || call.path.startsWith('/cgi-bin/msgaudit/')))
    return { body: failure(301052, 'license expired') };
  if (call.path === '/cgi-bin/message/send') return state.outgoing.sendByApplication(call.body, nowMs);
  if (isArchive)
    return checked.application === 'archive'
      ? answerChat(state, call, { nowMs, fault })
      : { body: failure(48002, 'api forbidden') };
  return answerApi(state, call, checked.application);
}

const OWN_METHODS: Readonly<Record<string, 'GET' | 'POST'>> = {
  '/cgi-bin/gettoken': 'GET',
  '/cgi-bin/webhook/send': 'POST',
  '/cgi-bin/message/send': 'POST',
  '/cgi-bin/message/getchatdata': 'POST',
  '/cgi-bin/message/getchatmediadata': 'POST',
};

/** What is wrong with the call whoever makes it: seen before any token is looked at. */
function addressProblem({ method, path }: Call): string | undefined {
  const wanted = OWN_METHODS[path] ?? APIS[path]?.method;
  if (wanted === undefined) return 'no such path';
  return method === wanted ? undefined : `${method} instead of ${wanted}`;
}

/** A token may die between two calls; one that goes on being used after its owner was told is an error of the client. */
function refuseToken(state: State, call: Call, refusal: TokenRefusal): Answer {
  if (refusal.isRepeated)
    state.errors.add(
      call.path,
      `errcode ${refusal.errcode} again: the token is used on after it was refused`,
    );
  return { body: failure(refusal.errcode, refusal.errmsg) };
}

function answerChat(state: State, call: Call, at: { nowMs: number; fault: Fault | undefined }): Answer {
  return call.path.endsWith('/getchatdata')
    ? answerPull(state, { ...call, nowMs: at.nowMs, repeatPage: at.fault?.kind === 'repeat-page' })
    : answerMedia(state, call);
}

function answerToken(state: State, call: Call, nowMs: number): Answer {
  const issued = state.tokens.issue(
    call.query.get('corpid') ?? '',
    call.query.get('corpsecret') ?? '',
    nowMs,
  );
  return {
    body:
      'errcode' in issued
        ? failure(issued.errcode, issued.errmsg)
        : json({ access_token: issued.token, expires_in: issued.expiresIn }),
  };
}

function answerApi(state: State, call: Call, application: string): Answer {
  const api = APIS[call.path];
  if (api === undefined) return refuse(state, call, 'no such path');
  if (api.application !== 'any' && api.application !== application)
    return { body: failure(48002, 'api forbidden') };
  const answer = api.answer(
    { query: call.query, body: call.body },
    state.circumstances.visible(state.corporation),
  );
  if ('fields' in answer) return { body: json(answer.fields) };
  if (answer.strictness !== undefined) state.errors.add(call.path, answer.strictness);
  return { body: failure(answer.errcode, answer.errmsg) };
}

function refuse(state: State, call: Call, problem: string): Answer {
  state.errors.add(call.path, problem);
  return { body: failure(43001, problem) };
}

function isAllowed(state: State, address: string): boolean {
  return state.options.allowedAddresses?.includes(address.replace('::ffff:', '')) ?? true;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The SDK says its JSON is a form; an empty body is an empty object. */
function parseBody(text: string): Fields | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}
