// The few bytes of protobuf inside every envelope: SdkKeyInfo { 1 k1 string, 2 pre_len, 3 end_len, 4 s_len: int32 } (measured on the SDK).

export interface KeyInfo {
  readonly k1: Buffer;
  readonly preLength: number;
  readonly endLength: number;
  readonly sLength: number;
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

/** `undefined` when the bytes are not that message. */
export function readKeyInfo(bytes: Buffer): KeyInfo | undefined {
  const reader: Reader = { bytes, at: 0 };
  const numbers: number[] = [];
  let k1: Buffer | undefined;
  while (reader.at < bytes.length) {
    const tag = readVarint(reader);
    const value = readVarint(reader);
    if (tag === undefined || value === undefined) return undefined;
    if ((tag & 7) === VARINT) numbers[tag >> 3] = value | 0;
    else if ((tag & 7) !== BYTES || reader.at + value > bytes.length) return undefined;
    else {
      if (tag >> 3 === 1) k1 = bytes.subarray(reader.at, reader.at + value);
      reader.at += value;
    }
  }
  if (k1 === undefined) return undefined;
  return { k1, preLength: numbers[2] ?? 0, endLength: numbers[3] ?? 0, sLength: numbers[4] ?? 0 };
}

/** Wire types of protobuf. */
const VARINT = 0;
const BYTES = 2;

function readVarint(reader: Reader): number | undefined {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}
