// Combining marks that overlay or decorate any base: accents, strike-throughs, zalgo. They vanish where they do not compose with their base.

const BLOCKS = [
  [0x0300, 0x036f],
  [0x0483, 0x0489],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe20, 0xfe2f],
] as const;

export function isOverlay(point: number): boolean {
  return BLOCKS.some(([first, last]) => point >= first && point <= last);
}
