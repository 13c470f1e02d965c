// Just enough protobuf for the two small messages WeCom hides in base64: SdkKeyInfo and MsgSdkFileId.

/** Fields by number: a length-delimited one as bytes, a varint as number. `undefined` when the bytes are not such a message. */
export function readProtobuf(bytes: Buffer): Map<number, Buffer | number> | undefined {
  const fields = new Map<number, Buffer | number>();
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    const value = tag === undefined ? undefined : readVarint(bytes, tag.next);
    if (tag === undefined || value === undefined) return undefined;
    const field = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    at = value.next;
    if (wireType === VARINT) fields.set(field, value.value);
    else if (wireType === BYTES && at + value.value <= bytes.length) {
      fields.set(field, bytes.subarray(at, at + value.value));
      at += value.value;
    } else return undefined;
  }
  return fields;
}

const VARINT = 0;
const BYTES = 2;

/** A base-128 varint of at most 5 bytes: no number in these messages is larger. */
function readVarint(bytes: Buffer, from: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  return undefined;
}
