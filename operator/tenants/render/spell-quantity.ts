// Quantities as the API server writes them down. `1000m` comes back as `1`: an object that is compared with itself must not look changed.
import { parseQuantityBytes } from '../parse-quantity.ts';

/** `1000m` → `1`, `0.5` → `500m`. */
export function spellCpu(text: string): string {
  const milli = text.endsWith('m') ? Number(text.slice(0, -1)) : Math.ceil(Number(text) * 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti'] as const;

/** `1024Mi` → `1Gi`; bytes without a unit stay so, since the API server keeps them decimal. */
export function spellMemory(text: string): string {
  if (/^\d+$/.test(text)) return text;
  let amount = parseQuantityBytes(text);
  let unit = 0;
  while (amount % 1024 === 0 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount}${UNITS[unit] ?? ''}`;
}
