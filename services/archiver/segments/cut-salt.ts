// A head of a message or dead letter without its salt: what a segment may keep for ever.

/** JSON of a head, without its salt. */
export const withoutSalt = (head: { readonly salt: string }): Buffer =>
  Buffer.from(JSON.stringify({ ...head, salt: undefined }));

const SALT = Buffer.from('"salt":"');
const END = Buffer.from('",');

/**
 * {@link withoutSalt} of a head whose JSON is there. The bytes that came are kept where the salt can be cut out of them: parsing and writing them again for every message would
 * be a third of the archiver's work. A quote inside a string is escaped, so the name is found nowhere else.
 */
export function cutSalt(json: Buffer, head: { readonly salt: string }): Buffer {
  const from = json.indexOf(SALT);
  const end = from + SALT.length + head.salt.length;
  const isThere =
    from > 0 &&
    json.toString('latin1', from + SALT.length, end) === head.salt &&
    json.compare(END, 0, END.length, end, end + END.length) === 0;
  if (!isThere) return withoutSalt(head);
  const cut = Buffer.allocUnsafe(json.length - (end + END.length - from));
  json.copy(cut, 0, 0, from);
  json.copy(cut, from, end + END.length);
  return cut;
}
