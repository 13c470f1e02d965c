// SdkKeyInfo: what the first AES round gives (field numbers as measured on the Finance SDK).
import { readProtobuf } from '../read-protobuf.ts';

export interface KeyInfo {
  readonly k1: Buffer;
  /** Characters of filler before the body, after it, and the length of the splice inside it. */
  readonly preLength: number;
  readonly endLength: number;
  readonly sLength: number;
}

const K1 = 1;
const PRE_LENGTH = 2;
const END_LENGTH = 3;
const S_LENGTH = 4;

/** `undefined` when the bytes are not that message. Absent numbers are 0, as in protobuf. */
export function readKeyInfo(bytes: Buffer): KeyInfo | undefined {
  const fields = readProtobuf(bytes);
  const k1 = fields?.get(K1);
  if (fields === undefined || !(k1 instanceof Buffer)) return undefined;
  const length = (field: number): number => Number(fields.get(field) ?? 0);
  return { k1, preLength: length(PRE_LENGTH), endLength: length(END_LENGTH), sLength: length(S_LENGTH) };
}
