// The layers of confinement, as a host reports them. Bit numbers are those of confine.h.

export const LAYERS = [
  'NoNewPrivileges',
  'NotDumpable',
  'DiesWithParent',
  'Limits',
  'NoCapabilities',
  'LandlockFiles',
  'LandlockNetwork',
  'LandlockScope',
  'Seccomp',
] as const;
export type Layer = (typeof LAYERS)[number];

/** The layers that hold. */
export function layersOf(bits: number): readonly Layer[] {
  return LAYERS.filter((_layer, bit) => (bits & (1 << bit)) !== 0);
}
