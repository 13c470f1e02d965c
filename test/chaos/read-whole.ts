// A whole number of a chaos run's command line.

/** The value of `--name`, or `fallback` when it was not given. Throws an `Error` for people when it is no whole number, or below `least`. */
export function readWhole(
  values: Readonly<Record<string, string | boolean | undefined>>,
  name: string,
  { least, fallback }: { readonly least: number; readonly fallback: number },
): number {
  const given = values[name];
  const value = given === undefined ? fallback : Number(given);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name} is ${given}; it must be a whole number of at least ${least}`);
  return value;
}
