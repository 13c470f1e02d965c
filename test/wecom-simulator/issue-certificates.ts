// Certificates for the simulator's TLS, and wrong ones for those who test that a client checks: a small authority on P-256. X.509 v3 by hand
// (RFC 5280), because Node reads certificates but does not write them; the client under test writes its own.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Authority extends Certificate {
  readonly name: string;
  readonly key: KeyObject;
}

export interface CertificateWish {
  /** First name is the subject too. */
  readonly names: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Signs servers; `name` is its subject. */
export function foundAuthority(name: string, of: Omit<CertificateWish, 'names'>): Authority {
  const own = makeKeys();
  const extensions = [
    extension('551d13', seq(bool(true)), true),
    extension('551d0f', bits(Buffer.from([0x06]), 1), true),
  ];
  const certificatePem = seal({ subject: name, issuer: name, ...of, spki: own.spki, extensions }, own.key);
  return { name, key: own.key, keyPem: own.keyPem, certificatePem };
}

/** A server's certificate by this authority; without one it signs itself. */
export function issueCertificate(wish: CertificateWish, by: Authority | undefined): Certificate {
  const own = makeKeys();
  const subject = wish.names[0] ?? '';
  const extensions = [
    extension('551d13', seq(), true),
    extension('551d25', seq(oid('2b06010505070301')), false),
    extension('551d11', seq(...wish.names.map((name) => tlv(0x82, Buffer.from(name)))), false),
  ];
  const body = {
    subject,
    issuer: by?.name ?? subject,
    fromMs: wish.fromMs,
    untilMs: wish.untilMs,
    spki: own.spki,
    extensions,
  };
  return { certificatePem: seal(body, by?.key ?? own.key), keyPem: own.keyPem };
}

function makeKeys(): { key: KeyObject; keyPem: string; spki: Buffer } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    key: privateKey,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki: publicKey.export({ type: 'spki', format: 'der' }),
  };
}

interface Body {
  readonly subject: string;
  readonly issuer: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly spki: Buffer;
  readonly extensions: readonly Buffer[];
}

function seal(body: Body, key: KeyObject): string {
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const toBeSigned = seq(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    ECDSA_SHA256,
    distinguished(body.issuer),
    seq(utcTime(body.fromMs), utcTime(body.untilMs)),
    distinguished(body.subject),
    body.spki,
    tlv(0xa3, seq(...body.extensions)),
  );
  const base64 = seq(toBeSigned, ECDSA_SHA256, bits(sign('sha256', toBeSigned, key), 0)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

function tlv(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const seq = (...parts: readonly Buffer[]): Buffer => tlv(0x30, Buffer.concat(parts));
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const bool = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
const bits = (content: Buffer, unused: number): Buffer =>
  tlv(0x03, Buffer.concat([Buffer.from([unused]), content]));
const distinguished = (name: string): Buffer =>
  seq(tlv(0x31, seq(oid('550403'), tlv(0x0c, Buffer.from(name)))));
/** UTCTime: two digits of the year, good until 2049. */
const utcTime = (atMs: number): Buffer =>
  tlv(0x17, Buffer.from(`${new Date(atMs).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
const extension = (id: string, value: Buffer, isCritical: boolean): Buffer =>
  seq(oid(id), ...(isCritical ? [bool(true)] : []), tlv(0x04, value));
const ECDSA_SHA256 = seq(oid('2a8648ce3d040302'));
