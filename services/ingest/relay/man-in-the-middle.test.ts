// The promise of the relay: whoever is between it and WeCom gets no secret, no token and no message. Every byte that the stranger was sent is searched.
import { X509Certificate } from 'node:crypto';
import {
  type Authority,
  foundAuthority,
  issueCertificate,
} from '@menshen/wecom-simulator/issue-certificates';
import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type Impostor, type ImpostorOptions, startImpostor } from './impostor.testkit.ts';
import { type RelayOptions, WECOM_HOST } from './open-relay.ts';
import { pinOf } from './reach-wecom.ts';
import {
  authority,
  callAsSdk,
  openTestRelay,
  postRequest,
  split,
  type TestRelay,
  tokenRequest,
  VALID,
  wecomCertificate,
} from './relay.testkit.ts';
import type { UnverifiedCause } from './relayed-answer.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

const TOKEN = 'a-token-that-nobody-else-may-see';
const FILE_ID = 'a-fileid-that-nobody-else-may-see';
const PRECIOUS = [SECRETS.archive, TOKEN, FILE_ID, CORP_ID];
const REQUESTS = [
  tokenRequest(CORP_ID, SECRETS.archive),
  postRequest(`getchatdata?access_token=${TOKEN}`, { seq: 0, limit: 10, version: 1 }),
  postRequest(`getchatmediadata?access_token=${TOKEN}`, { fileid: FILE_ID, version: 1 }, [
    'Range:bytes=0-31',
  ]),
];

interface Stranger extends ImpostorOptions {
  readonly name: string;
  readonly cause: UnverifiedCause;
  readonly pins?: readonly string[];
}

const DAY_MS = 24 * 3_600_000;
const shows = ({ certificatePem: cert, keyPem: key }: { certificatePem: string; keyPem: string }) => ({
  cert,
  key,
});
const by = (names: readonly string[], valid = VALID, signer: Authority | 'itself' = authority) =>
  shows(issueCertificate({ names, ...valid }, signer === 'itself' ? undefined : signer));
const unknown = foundAuthority('Unknown Authority', VALID);
const namesake = foundAuthority(authority.name, VALID);
const right = shows(wecomCertificate);
const otherPin = pinOf(new X509Certificate(unknown.certificatePem));
const GOOD =
  'HTTP/1.1 200 OK\r\nContent-Length: 62\r\n\r\n{"errcode":0,"errmsg":"ok","access_token":"x","expires_in":1}\n';

const STRANGERS: readonly Stranger[] = [
  { name: 'a self-signed certificate for WeCom', tls: by([WECOM_HOST], VALID, 'itself'), cause: 'Issuer' },
  {
    name: 'a certificate by an authority nobody trusts',
    tls: by([WECOM_HOST], VALID, unknown),
    cause: 'Issuer',
  },
  {
    name: 'a certificate by a namesake of a trusted authority',
    tls: by([WECOM_HOST], VALID, namesake),
    cause: 'Issuer',
  },
  {
    name: 'the chain of an unknown authority sent along',
    tls: { ...by([WECOM_HOST], VALID, unknown), ca: unknown.certificatePem },
    cause: 'Issuer',
  },
  { name: 'a good certificate of another name', tls: by(['work.weixin.qq.com']), cause: 'Name' },
  { name: 'a good certificate of a longer name', tls: by([`${WECOM_HOST}.evil.example`]), cause: 'Name' },
  { name: 'a good certificate of the address', tls: by(['127.0.0.1']), cause: 'Name' },
  {
    name: 'a certificate that has run out',
    tls: by([WECOM_HOST], { fromMs: VALID.fromMs - 9 * DAY_MS, untilMs: VALID.fromMs }),
    cause: 'Expired',
  },
  {
    name: 'a certificate of tomorrow',
    tls: by([WECOM_HOST], { fromMs: VALID.untilMs, untilMs: VALID.untilMs + DAY_MS }),
    cause: 'Expired',
  },
  { name: 'a good certificate with a key that is not pinned', tls: right, pins: [otherPin], cause: 'Pin' },
  {
    name: 'a good certificate with the pinned one merely sent along',
    tls: { ...right, cert: `${right.cert}${unknown.certificatePem}` },
    pins: [otherPin],
    cause: 'Pin',
  },
  {
    name: 'a good certificate with a pinned one of its issuer’s name sent along',
    tls: { ...right, cert: `${right.cert}${namesake.certificatePem}` },
    pins: [pinOf(new X509Certificate(namesake.certificatePem))],
    cause: 'Pin',
  },
  {
    name: 'TLS 1.1 at most',
    tls: { ...right, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' },
    cause: 'Protocol',
  },
  { name: 'plain HTTP', answer: GOOD, cause: 'Protocol' },
  { name: 'plain HTTP before it is asked', greeting: GOOD, cause: 'Protocol' },
];

const OPENED = 'HTTP/1.1 200 Connection established\r\n\r\n';

async function face(
  options: ImpostorOptions,
  relayOptions: (at: Impostor) => Partial<RelayOptions>,
): Promise<[Impostor, TestRelay]> {
  const impostor = await startImpostor(options);
  closing.push(impostor);
  const test = await openTestRelay(relayOptions(impostor));
  closing.push(test.relay);
  return [impostor, test];
}

async function makeAllCalls({ relay }: TestRelay): Promise<void> {
  for (const request of REQUESTS) {
    const { connectStatus, bytes } = await callAsSdk({ relay, request });
    expect(connectStatus).toBe(200);
    expect(split(bytes).json).toEqual({ errcode: -1, errmsg: 'relay: NotVerified' });
  }
}

async function expectNothingLost(impostor: Impostor, test: TestRelay, cause: UnverifiedCause): Promise<void> {
  expect(impostor.connections()).toBe(REQUESTS.length);
  const all = Buffer.concat([impostor.received(), impostor.understood()]);
  expect(impostor.received().length).toBeGreaterThan(0);
  expect(PRECIOUS.filter((word) => all.includes(word))).toEqual([]);
  expect(impostor.understood().includes('cgi-bin')).toBe(false);
  for (const report of test.reports)
    expect(report).toMatchObject({ sent: false, status: undefined, fault: { reason: 'NotVerified', cause } });
  expect(await test.count('unverified_total', { cause })).toBe(REQUESTS.length);
  expect(await test.count('sent_total', {})).toBe(0);
}

describe('a stranger in WeCom’s place gets nothing', () => {
  it.each(STRANGERS)('$name', async ({ cause, pins, ...stranger }) => {
    const [impostor, test] = await face(stranger, ({ address }) => ({
      upstream: address,
      ...(pins === undefined ? {} : { pins }),
    }));
    await makeAllCalls(test);
    await expectNothingLost(impostor, test, cause);
  });
});

describe('a proxy that plays WeCom itself gets nothing', () => {
  it.each(STRANGERS)('$name', async ({ cause, pins, ...stranger }) => {
    const [impostor, test] = await face({ ...stranger, proxyAnswer: OPENED }, ({ address }) => ({
      proxyUrl: `http://127.0.0.1:${address.port}`,
      ...(pins === undefined ? {} : { pins }),
    }));
    await makeAllCalls(test);
    expect(impostor.received().toString('latin1')).toMatch(
      /^CONNECT qyapi\.weixin\.qq\.com:443 HTTP\/1\.1\r\n/,
    );
    await expectNothingLost(impostor, test, cause);
  });
});

describe('the searching itself', () => {
  it('finds the secret with a stranger whom the relay was told to trust', async () => {
    const [impostor, { relay }] = await face({ tls: right, answer: GOOD }, ({ address }) => ({
      upstream: address,
    }));
    const { bytes } = await callAsSdk({ relay, request: REQUESTS[0] ?? '' });
    expect(split(bytes).json).toMatchObject({ access_token: 'x' });
    expect(impostor.understood().includes(SECRETS.archive)).toBe(true);
    expect(impostor.received().includes(SECRETS.archive)).toBe(false);
  });

  it.each([
    { name: 'of the server', pem: wecomCertificate.certificatePem },
    { name: 'of the authority above it', pem: authority.certificatePem },
  ])('a pin $name lets WeCom pass', async ({ pem }) => {
    const pins = [otherPin, pinOf(new X509Certificate(pem))];
    const [, { relay }] = await face({ tls: right, answer: GOOD }, ({ address }) => ({
      upstream: address,
      pins,
    }));
    const { bytes } = await callAsSdk({ relay, request: REQUESTS[0] ?? '' });
    expect(split(bytes).json).toMatchObject({ access_token: 'x' });
  });
});
