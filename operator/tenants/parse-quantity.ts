// Sizes as the CRDs write them: `512Mi`, `10Gi`, or plain bytes.

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Bytes. Throws on a text the CRD's pattern would have refused, and on more than 2^53 bytes. */
export function parseQuantityBytes(text: string): number {
  const [, amount, unit] = /^([1-9]\d*)(Ki|Mi|Gi|Ti)?$/.exec(text) ?? [];
  const bytes = Number(amount) * (UNIT_BYTES[unit ?? ''] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes)) throw new Error(`not a size: ${JSON.stringify(text)}`);
  return bytes;
}
