// Rows as ClickHouse's RowBinary: bytes go in as bytes, numbers as numbers, and neither side writes or parses JSON. Types come from the schema.
// Performance matters more than small functions in here: this runs for every column of every row.
import { columnsOf } from './schema.ts';

/** A row by column name. A column left out, `null` or `undefined` gets its type's default. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Encodes rows of one table, one after the other. Strings may come as `string` or as bytes, UInt64 as decimal string or number, DateTime64(3)
 * as milliseconds since 1970.
 */
export class RowEncoder {
  readonly columns: readonly string[];
  readonly #table: string;
  readonly #fields: readonly { readonly name: string; readonly encode: Encode }[];
  readonly #writer = new RowWriter();

  /** Throws for a name that is no table of the schema. */
  constructor(table: string) {
    const columns = columnsOf(table);
    this.#table = table;
    this.columns = columns.map(({ name }) => name);
    this.#fields = columns.map(({ name, type }) => ({ name, encode: encoderOf(type) }));
  }

  /**
   * Appends a row and gives the length of all rows so far, bytes. Throws on a column that the table does not have and on a value that its type
   * cannot hold, both bugs of whoever made the row; the rows before it stay.
   */
  add(row: Row): number {
    const before = this.#writer.length;
    try {
      let present = 0;
      for (const { name, encode } of this.#fields) {
        const value = row[name];
        if (name in row) present++;
        encode(this.#writer, value ?? undefined);
      }
      if (present !== Object.keys(row).length)
        throw new Error(`${this.#table} has no column ${strangerOf(row, this.columns)}`);
      return this.#writer.length;
    } catch (error) {
      this.#writer.truncate(before);
      throw error;
    }
  }

  /** Forgets what lies beyond `length` bytes. */
  truncate(length: number): void {
    this.#writer.truncate(length);
  }

  /** All rows: a view, good until the next row. */
  bytes(): Buffer {
    return this.#writer.bytes();
  }
}

const strangerOf = (row: Row, columns: readonly string[]): string =>
  Object.keys(row).find((name) => !columns.includes(name)) ?? '';

type Encode = (writer: RowWriter, value: unknown) => void;

/** https://clickhouse.com/docs/interfaces/formats/RowBinary */
function encoderOf(type: string): Encode {
  const inner = /^(?:LowCardinality|Nullable|Array)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined && type.startsWith('LowCardinality')) return encoderOf(inner);
  if (inner !== undefined && type.startsWith('Nullable')) return nullable(encoderOf(inner));
  if (inner !== undefined) return array(encoderOf(inner));
  if (type.startsWith('DateTime64(3')) return (writer, value) => writer.int64(asInteger(value, type));
  switch (type) {
    case 'String':
      return (writer, value) => writer.string(value ?? '');
    case 'Bool':
    case 'UInt8':
      return (writer, value) =>
        writer.byte(typeof value === 'boolean' ? Number(value) : asInteger(value, type, 0xff));
    case 'UInt32':
      return (writer, value) => writer.uint32(asInteger(value, type, 0xffff_ffff));
    case 'UInt64':
      return (writer, value) => writer.uint64(value ?? 0);
    default:
      throw new Error(`no RowBinary encoder for the type ${type}`);
  }
}

function nullable(encode: Encode): Encode {
  return (writer, value) => {
    writer.byte(value === undefined ? 1 : 0);
    if (value !== undefined) encode(writer, value);
  };
}

function array(encode: Encode): Encode {
  return (writer, value) => {
    const items = (value ?? []) as readonly unknown[];
    writer.count(items.length);
    for (const item of items) encode(writer, item);
  };
}

function asInteger(value: unknown, type: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value ?? 0);
  if (Number.isInteger(number) && number >= 0 && number <= most) return number;
  throw new Error(`${JSON.stringify(value)} does not fit into ${type}`);
}

const FIRST_BYTES = 256 * 1024;
const TWO_TO_32 = 2 ** 32;
/** Beyond this many digits a decimal may not be exact as a number. */
const EXACT_DIGITS = 15;
/** A shorter text is copied faster than the call that would copy it. */
const SHORT_TEXT = 100;
/** A code unit takes at most three bytes in UTF-8. */
const UTF8_PER_UNIT = 3;

class RowWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  truncate(length: number): void {
    this.#at = length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** Of a non-negative safe integer. */
  int64(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / TWO_TO_32);
    this.#at = this.#bytes.writeUInt32LE(value - high * TWO_TO_32, this.#at);
    this.#at = this.#bytes.writeUInt32LE(high, this.#at);
  }

  uint64(value: unknown): void {
    if (typeof value === 'number' || (typeof value === 'string' && value.length <= EXACT_DIGITS)) {
      this.int64(asInteger(value, 'UInt64'));
      return;
    }
    this.#reserve(8);
    this.#at = this.#bytes.writeBigUInt64LE(BigInt(String(value)), this.#at);
  }

  /** LEB128, as every count and size. */
  count(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  string(value: unknown): void {
    if (typeof value === 'string') this.#text(value);
    else if (value instanceof Uint8Array) {
      this.count(value.length);
      this.#reserve(value.length);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    } else throw new Error(`${JSON.stringify(value)} is no text`);
  }

  #text(text: string): void {
    if (text.length <= SHORT_TEXT && this.#ascii(text)) return;
    const bytes = Buffer.byteLength(text);
    this.count(bytes);
    this.#reserve(bytes + UTF8_PER_UNIT);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
  }

  /** False when the text is not ASCII: then nothing was written. */
  #ascii(text: string): boolean {
    this.#reserve(text.length + 1);
    const bytes = this.#bytes;
    const from = this.#at + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[from + index] = code;
    }
    bytes[this.#at] = text.length;
    this.#at = from + text.length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
