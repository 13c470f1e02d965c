// A self-signed X.509 v3 certificate, made in memory at every start (RFC 5280). Node can read certificates but not write them, so the few
// structures that one needs are written here by hand. RSA-2048 with SHA-256: what an SDK build of 2020 takes with any cipher list.
import { generateKeyPair, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

export interface OwnCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

const DAY_MS = 24 * 3_600_000;
/** A process may live long and the clock of the SDK host may be off; the key dies with the process anyway. */
const BEFORE_MS = DAY_MS;
const AFTER_MS = 3650 * DAY_MS;

/** For the server name `host`, from the day before `nowMs` for ten years. */
export async function makeCertificate(host: string, nowMs: number): Promise<OwnCertificate> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const name = sequence(set(sequence(COMMON_NAME, tagged(0x0c, Buffer.from(host)))));
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // v3
    integer(randomBytes(16)),
    SHA256_WITH_RSA,
    name,
    sequence(time(nowMs - BEFORE_MS), time(nowMs + AFTER_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(isNoAuthority(), mayServeTls(), alternativeName(host))),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, SHA256_WITH_RSA, bitString(signature));
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: pem(der),
  };
}

const isNoAuthority = (): Buffer => sequence(oid('551d13'), TRUE, octets(sequence()));
/** Extended key usage: server authentication, 1.3.6.1.5.5.7.3.1. */
const mayServeTls = (): Buffer => sequence(oid('551d25'), octets(sequence(oid('2b06010505070301'))));
/** dNSName is context tag 2. */
const alternativeName = (host: string): Buffer =>
  sequence(oid('551d11'), octets(sequence(tagged(0x82, Buffer.from(host)))));

/** DER: tag, length, content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const long = length < 128 ? '' : length.toString(16);
  const bytes = Buffer.from(long.length % 2 === 0 ? long : `0${long}`, 'hex');
  const head = bytes.length === 0 ? [tag, length] : [tag, 0x80 | bytes.length, ...bytes];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));
const set = (...parts: readonly Buffer[]): Buffer => tagged(0x31, Buffer.concat(parts));
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer): Buffer => tagged(0x04, content);
/** Zero unused bits. */
const bitString = (content: Buffer): Buffer => tagged(0x03, Buffer.concat([Buffer.from([0]), content]));

/** A positive number in as few bytes as hold it: DER allows neither a sign bit nor idle zeros. */
function integer(bytes: Buffer): Buffer {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const least = bytes.subarray(first);
  return tagged(0x02, (least[0] ?? 0) < 128 ? least : Buffer.concat([Buffer.from([0]), least]));
}

/** UTCTime, with two digits of the year, until 2049; GeneralizedTime after (RFC 5280, 4.1.2.5). */
function time(atMs: number): Buffer {
  const digits = `${new Date(atMs).toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`;
  return digits < '2050' ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const COMMON_NAME = oid('550403');
const TRUE = Buffer.from([0x01, 0x01, 0xff]);
/** 1.2.840.113549.1.1.11 with NULL parameters. */
const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), Buffer.from([0x05, 0x00]));
