// What a reader of texts finds, as a command or a view of facts shows it.

/** Offsets are UTF-16 code units of the original text, `end` exclusive. */
export interface ListedFact<Kind extends string = string> {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  /** In one spelling; personal data and secrets are masked. */
  readonly value: string;
  /** ChecksumWrong: the form is right, the checksum is not. Valid: both are, or the kind has no checksum. */
  readonly validity: 'Valid' | 'ChecksumWrong';
}

/** Keeps the two ends, so that one value can be told from another, and hides what lies between. */
export function mask(value: string): string {
  const characters = [...value];
  const kept = Math.min(3, Math.floor(characters.length / 4));
  const first = kept === 0 && characters.length > 1 ? 1 : kept;
  const hidden = characters.length - first - kept;
  return `${characters.slice(0, first).join('')}${'*'.repeat(hidden)}${characters.slice(characters.length - kept).join('')}`;
}
