// Reads what matters of a shared library without loading it: for which machine, what it needs, what it exports (System V ABI, ELF64 little-endian).

export interface ElfLibrary {
  /** `e_machine`: 62 = x86-64, 183 = arm64. */
  readonly machine: number;
  readonly isSharedLibrary: boolean;
  /** Names of the libraries it needs. */
  readonly needed: readonly string[];
  /** Versions of symbols it needs, such as `GLIBC_2.7`. */
  readonly neededVersions: readonly string[];
  /** Functions and data it defines for others. */
  readonly exported: ReadonlySet<string>;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const SHARED_OBJECT = 3;
const SECTION_DYNAMIC = 6;
const SECTION_DYNAMIC_SYMBOLS = 11;
const SECTION_NEEDED_VERSIONS = 0x6ffffffe;
const TAG_NEEDED = 1;
const SYMBOL_BYTES = 24;
const DYNAMIC_ENTRY_BYTES = 16;

/** `undefined` when the bytes are not an ELF64 little-endian file. Damage further in gives empty lists, never an error. */
export function readElf(bytes: Buffer): ElfLibrary | undefined {
  const isElf64 =
    bytes.length >= 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
  if (!isElf64) return undefined;
  const sections = readSections(bytes);
  return {
    machine: bytes.readUInt16LE(18),
    isSharedLibrary: bytes.readUInt16LE(16) === SHARED_OBJECT,
    needed: eachOf(sections, SECTION_DYNAMIC, (section) => readNeeded(bytes, section, sections)),
    neededVersions: eachOf(sections, SECTION_NEEDED_VERSIONS, (section) =>
      readNeededVersions(bytes, section, sections),
    ),
    exported: new Set(
      eachOf(sections, SECTION_DYNAMIC_SYMBOLS, (section) => readExported(bytes, section, sections)),
    ),
  };
}

function eachOf(sections: readonly Section[], type: number, read: (section: Section) => string[]): string[] {
  return sections.filter((section) => section.type === type).flatMap(read);
}

function readSections(bytes: Buffer): Section[] {
  const at = Number(bytes.readBigUInt64LE(40));
  const size = bytes.readUInt16LE(58);
  const count = bytes.readUInt16LE(60);
  const sections: Section[] = [];
  for (let i = 0; i < count; i++) {
    const head = at + i * size;
    if (size < 64 || head + size > bytes.length) return [];
    const [offset, length] = [
      Number(bytes.readBigUInt64LE(head + 24)),
      Number(bytes.readBigUInt64LE(head + 32)),
    ];
    // Sections beyond the file (a cut file, or one that holds no bytes) are read as empty.
    const within = offset + length <= bytes.length ? length : 0;
    sections.push({
      type: bytes.readUInt32LE(head + 4),
      offset,
      size: within,
      link: bytes.readUInt32LE(head + 40),
    });
  }
  return sections;
}

/** The zero-ended name at `offset` of the string table that a section names. */
function nameAt(bytes: Buffer, table: Section | undefined, offset: number): string {
  if (table === undefined || offset >= table.size) return '';
  const from = table.offset + offset;
  const end = bytes.indexOf(0, from);
  return bytes.toString('latin1', from, end < 0 ? from : end);
}

function readNeeded(bytes: Buffer, section: Section, sections: readonly Section[]): string[] {
  const names: string[] = [];
  for (
    let at = section.offset;
    at + DYNAMIC_ENTRY_BYTES <= section.offset + section.size;
    at += DYNAMIC_ENTRY_BYTES
  )
    if (Number(bytes.readBigInt64LE(at)) === TAG_NEEDED)
      names.push(nameAt(bytes, sections[section.link], Number(bytes.readBigUInt64LE(at + 8))));
  return names;
}

function readExported(bytes: Buffer, section: Section, sections: readonly Section[]): string[] {
  const names: string[] = [];
  for (let at = section.offset; at + SYMBOL_BYTES <= section.offset + section.size; at += SYMBOL_BYTES) {
    const isDefined = bytes.readUInt16LE(at + 6) !== 0;
    if (isDefined) names.push(nameAt(bytes, sections[section.link], bytes.readUInt32LE(at)));
  }
  return names;
}

/** A chain of records, one for each library needed, each with a chain of versions; every link is an offset from its own record. */
function readNeededVersions(bytes: Buffer, section: Section, sections: readonly Section[]): string[] {
  const end = section.offset + section.size;
  const names: string[] = [];
  const links = (first: number, nextAt: number, visit: (at: number) => void): void => {
    for (let at = first; at + 16 <= end; ) {
      visit(at);
      const next = bytes.readUInt32LE(at + nextAt);
      if (next === 0) return;
      at += next;
    }
  };
  links(section.offset, 12, (library) =>
    links(library + bytes.readUInt32LE(library + 8), 12, (version) =>
      names.push(nameAt(bytes, sections[section.link], bytes.readUInt32LE(version + 8))),
    ),
  );
  return names;
}
