// What a scanner last said of the policies it judges by.
import type { StatusReport } from '@menshen/contracts/status-report';

export interface ScannerView {
  /** `<namespace>/<name>` → beginning of the digest of the revision that judges. */
  readonly digests: ReadonlyMap<string, string>;
  /** `<namespace>/<name>` → why the wanted revision is not used. */
  readonly rejected: ReadonlyMap<string, string>;
}

const NOTHING: ScannerView = { digests: new Map(), rejected: new Map() };

/** A report of another form, as an older scanner may write it, says nothing. */
export function readScannerView({ facts }: StatusReport): ScannerView {
  return { digests: readMap(facts['inForceDigests']), rejected: readMap(facts['rejectedPolicies']) };
}

/** Policies of which the two say different things. */
export function differingPolicies(before: ScannerView = NOTHING, after: ScannerView = NOTHING): Set<string> {
  return new Set([
    ...differingKeys(before.digests, after.digests),
    ...differingKeys(before.rejected, after.rejected),
  ]);
}

function differingKeys(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
}

function readMap(json: string | number | undefined): ReadonlyMap<string, string> {
  if (typeof json !== 'string') return new Map();
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(Object.entries(value).filter(([, text]) => typeof text === 'string'));
  } catch {
    return new Map();
  }
}
