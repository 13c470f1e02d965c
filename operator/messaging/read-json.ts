// A value of a bucket, which anybody may have written: an object, or nothing.

export function readJson(value: Uint8Array): unknown {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
