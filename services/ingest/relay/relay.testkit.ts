// A client that behaves as the Finance SDK was measured to (CONNECT with Basic credentials, TLS that verifies nothing, HTTP/1.0 in ALPN too, a connection per
// call), a relay whose reports are kept, and the simulator behind a certificate for WeCom's name.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  type Authority,
  foundAuthority,
  issueCertificate,
} from '@menshen/wecom-simulator/issue-certificates';
import { startTestSimulator, type TestSimulator } from '@menshen/wecom-simulator/simulator.testkit';
import { Registry } from 'prom-client';
import { makeCertificate } from './make-certificate.ts';
import { openRelay, type Relay, type RelayOptions, WECOM_HOST } from './open-relay.ts';
import { createRelayMetrics } from './relay-metrics.ts';
import type { RelayReport } from './relayed-answer.ts';

const DAY_MS = 24 * 3_600_000;
/** Validity that holds now. */
export const VALID = { fromMs: Date.now() - DAY_MS, untilMs: Date.now() + DAY_MS };
export const authority: Authority = foundAuthority('Test Authority', VALID);
export const wecomCertificate = issueCertificate({ names: [WECOM_HOST], ...VALID }, authority);

/** One for all tests of a file: to make a key takes a while. */
const shown = makeCertificate(WECOM_HOST, Date.now());

export interface TestRelay {
  readonly relay: Relay;
  readonly reports: RelayReport[];
  /** Of a counter; labels as `{a="b"}` in the order of the catalogue, 0 when never counted. */
  count(name: string, labels: Readonly<Record<string, string>>): Promise<number>;
}

export async function openTestRelay(options: Partial<RelayOptions> = {}): Promise<TestRelay> {
  const reports: RelayReport[] = [];
  const registry = new Registry();
  const relay = await openRelay({
    mode: 'Verify',
    clock: { nowMs: () => Date.now() },
    metrics: createRelayMetrics(registry),
    onReport: (report) => reports.push(report),
    extraCaPem: authority.certificatePem,
    certificate: await shown,
    ...options,
  });
  return {
    relay,
    reports,
    async count(name, labels) {
      const metric = await registry.getSingleMetric(`menshen_ingest_relay_${name}`)?.get();
      if (metric === undefined) throw new Error(`no metric ${name}`);
      const fits = metric.values.filter((value) =>
        Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
      );
      return fits.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

export interface TlsSimulator extends TestSimulator {
  readonly upstream: { readonly host: string; readonly port: number };
}

export async function startTlsSimulator(): Promise<TlsSimulator> {
  const wecom = await startTestSimulator({ tls: wecomCertificate });
  return { ...wecom, upstream: addressOf(wecom.simulator.tlsUrl ?? '') };
}

export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

export interface SdkRequest {
  readonly relay: Relay;
  readonly credential?: string | undefined;
  /** What CONNECT asks for; default WeCom. */
  readonly target?: string;
  /** The bytes inside TLS, in as many pieces as given. */
  readonly request: string | readonly Buffer[];
}

export interface SdkResult {
  /** Status of the CONNECT; 0 when the connection was closed without one. */
  readonly connectStatus: number;
  /** Everything that came inside TLS until the connection closed; undefined when the CONNECT was refused. */
  readonly bytes: Buffer;
  /** Subject alternative name of the certificate shown. */
  readonly certificateName: string | undefined;
  readonly fingerprint: string | undefined;
}

/** One call of the SDK, byte by byte. */
export async function callAsSdk(of: SdkRequest): Promise<SdkResult> {
  const { relay, target = `${WECOM_HOST}:443`, credential = relay.credentialFor('pull') } = of;
  const { host, port } = addressOf(relay.url);
  const socket = connect({ host, port });
  socket.on('error', () => undefined);
  const authorization =
    credential === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(credential).toString('base64')}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.0\r\nHost: ${target}\r\n${authorization}\r\n`);
  const closedEarly = new Promise<[Buffer]>((resolve) =>
    socket.once('close', () => resolve([Buffer.alloc(0)])),
  );
  const [head] = await Promise.race([once(socket, 'data') as Promise<[Buffer]>, closedEarly]);
  const connectStatus = Number(/^HTTP\/1\.\d (\d+)/.exec(head.toString('latin1'))?.[1] ?? 0);
  if (connectStatus !== 200) {
    socket.destroy();
    return { connectStatus, bytes: Buffer.alloc(0), certificateName: undefined, fingerprint: undefined };
  }
  const secure = connectTls({
    socket,
    servername: WECOM_HOST,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.0'],
  });
  const chunks: Buffer[] = [];
  secure.on('data', (chunk: Buffer) => chunks.push(chunk));
  secure.on('error', () => undefined);
  secure.on('secureConnect', () => void write(secure, of.request));
  const closed = once(secure, 'close');
  await once(secure, 'secureConnect').catch(() => undefined);
  const { subjectaltname: certificateName, fingerprint256: fingerprint } = secure.getPeerCertificate();
  await closed;
  return { connectStatus, bytes: Buffer.concat(chunks), certificateName, fingerprint };
}

async function write(socket: TLSSocket, request: SdkRequest['request']): Promise<void> {
  for (const piece of typeof request === 'string' ? [request] : request) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** An answer as the SDK sees it: the exact head, and the body. */
export function split(bytes: Buffer): {
  head: string;
  body: string;
  json: Readonly<Record<string, unknown>>;
} {
  const end = bytes.indexOf('\r\n\r\n');
  const body = bytes.toString('utf8', end + 4);
  return {
    head: bytes.toString('latin1', 0, end),
    body,
    get json() {
      return JSON.parse(body) as Readonly<Record<string, unknown>>;
    },
  };
}

export const tokenRequest = (corpid: string, secret: string): string =>
  `GET /cgi-bin/gettoken?corpid=${corpid}&corpsecret=${secret} HTTP/1.0\r\nHost: ${WECOM_HOST}\r\nAccept: */*\r\n\r\n`;

export function postRequest(path: string, body: unknown, headers: readonly string[] = []): string {
  const text = JSON.stringify(body);
  const lines = [
    `POST /cgi-bin/message/${path} HTTP/1.0`,
    `Host: ${WECOM_HOST}`,
    'Content-Type: application/x-www-form-urlencoded',
    ...headers,
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${text}`;
}

/** Connects and says this; `ended` gives every byte that came back until the relay closed the connection. */
export async function knock(
  relay: Relay,
  words: string,
): Promise<{ socket: Socket; ended: Promise<string> }> {
  const { host, port } = addressOf(relay.url);
  const socket = connect(port, host);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const ended = closed.then(() => Buffer.concat(chunks).toString('latin1'));
  await once(socket, 'connect');
  socket.write(words);
  return { socket, ended };
}

/** What the SDK says first, as caller `slow`. */
export const connectHead = (relay: Relay): string =>
  `CONNECT qyapi.weixin.qq.com:443 HTTP/1.0\r\nProxy-Authorization: Basic ${Buffer.from(relay.credentialFor('slow')).toString('base64')}\r\n\r\n`;
