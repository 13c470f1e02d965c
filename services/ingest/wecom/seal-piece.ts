// A piece of a file as WeCom keeps it, from its plaintext: to hold whoever opened it to what there was.
import { createCipheriv, createSecretKey } from 'node:crypto';

/** AES-128-ECB; PKCS#7 over the whole file, so only the last piece has padding (measured). Any other must be whole blocks of 16 bytes. */
export function sealPiece(plaintext: Uint8Array, aesKey: Buffer, isLast: boolean): Buffer {
  const cipher = createCipheriv('aes-128-ecb', createSecretKey(aesKey), null);
  cipher.setAutoPadding(isLast);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}
