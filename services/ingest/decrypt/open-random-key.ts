// RSA: the random key of one message, opened by the private key of the version the message names.
import { constants, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';

/**
 * A private key that says its padding itself, and so can be handed to `privateDecrypt` as it is: Node 24 spends 15 µs on finding out what
 * an options object around a key is.
 */
export type RsaKey = KeyObject & { readonly padding: number };

export type ReadKey =
  | { readonly ok: true; readonly key: RsaKey }
  | { readonly ok: false; readonly problem: string };

/** Reads a PEM (PKCS#1 or PKCS#8, no passphrase). `problem` says what to do; it never shows the key. */
export function readPrivateKey(pem: string): ReadKey {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'rsa')
      return {
        ok: false,
        problem: `is a ${key.asymmetricKeyType ?? 'key of unknown type'}; WeCom encrypts for RSA keys of 2048 bits`,
      };
    return { ok: true, key: Object.assign(key, { padding: constants.RSA_PKCS1_PADDING }) };
  } catch {
    return {
      ok: false,
      problem: 'is not a PEM private key (BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY, without a passphrase)',
    };
  }
}

/**
 * The plaintext of `encrypt_random_key`: itself base64 of AES blocks, to be used unchanged (WeCom developer page p/91774).
 * `undefined` when the key does not fit: OpenSSL 3 answers a wrong key with random bytes instead of an error (implicit rejection),
 * so what comes out must have the form of a random key.
 */
export function openRandomKey(key: RsaKey, encryptRandomKey: Buffer): string | undefined {
  try {
    const text = privateDecrypt(key, Buffer.from(encryptRandomKey.toString('latin1'), 'base64')).toString(
      'latin1',
    );
    return hasKeyForm(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function hasKeyForm(text: string): boolean {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = (text.length / 4) * 3 - padding;
  return bytes >= 32 && bytes % 16 === 0;
}
