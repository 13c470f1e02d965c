// WeCom's callback transport: signature and AES (WeCom developer pages p/90968, p/91144; the archive's event p/95039). Pure.
import { createDecipheriv, createHash, createSecretKey, timingSafeEqual } from 'node:crypto';

export interface CallbackSecrets {
  readonly corpId: string;
  readonly token: string;
  /** EncodingAESKey: 43 characters. */
  readonly encodingAesKey: string;
}

export interface SignedQuery {
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
}

export type OpenedCallback =
  | { readonly ok: true; readonly message: string }
  | { readonly ok: false; readonly problem: string };

/** Checks the signature over `encrypted`, decrypts it and checks whom it is for. Never throws; problems hold no content. */
export function openCallback(
  secrets: CallbackSecrets,
  query: SignedQuery,
  encrypted: string,
): OpenedCallback {
  if (!isSigned(secrets.token, query, encrypted)) return { ok: false, problem: 'the signature does not fit' };
  const plain = decrypt(secrets.encodingAesKey, encrypted);
  if (plain === undefined) return { ok: false, problem: 'it does not decrypt with the EncodingAESKey' };
  const length = plain.readUInt32BE(RANDOM_BYTES);
  const end = HEAD_BYTES + length;
  if (end > plain.length) return { ok: false, problem: 'its length does not fit' };
  if (plain.toString('utf8', end) !== secrets.corpId)
    return { ok: false, problem: 'it is meant for another corporation' };
  return { ok: true, message: plain.toString('utf8', HEAD_BYTES, end) };
}

const RANDOM_BYTES = 16;
const HEAD_BYTES = RANDOM_BYTES + 4;
/** PKCS#7 to 32 bytes, which AES libraries do not do. */
const PADDING_BLOCK = 32;

function isSigned(token: string, query: SignedQuery, encrypted: string): boolean {
  const text = [token, query.timestamp, query.nonce, encrypted].sort().join('');
  const expected = createHash('sha1').update(text).digest();
  const given = Buffer.from(query.signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Random bytes, length, message and receiver; `undefined` when the key or the bytes are wrong. */
function decrypt(encodingAesKey: string, encrypted: string): Buffer | undefined {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64');
  const bytes = Buffer.from(encrypted, 'base64');
  if (key.length !== 32 || bytes.length === 0 || bytes.length % 16 !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', createSecretKey(key), key.subarray(0, 16));
  decipher.setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(bytes), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > PADDING_BLOCK || padding > padded.length) return undefined;
  const plain = padded.subarray(0, padded.length - padding);
  return plain.length >= HEAD_BYTES ? plain : undefined;
}
