// What came out of a run, held against what went in: the simulator's own list of messages and of what it planted in them. Pure.

export interface TrueMessage {
  readonly seq: string;
  readonly msgid: string;
  /** Hex SHA-256 of the exact plaintext. */
  readonly sha256: string;
  /** Findings the message must make, and no others. */
  readonly planted: readonly { readonly policy: string; readonly rule: string }[];
}

export interface ArchivedMessage {
  readonly msgid: string;
  /** Hex SHA-256 of the archived bytes. */
  readonly sha256: string;
}

export interface FoundFinding {
  readonly msgid: string;
  /** Name, without namespace. */
  readonly policy: string;
  readonly rule: string;
}

export interface Outcome {
  readonly archived: Iterable<ArchivedMessage>;
  /** seqs kept raw as dead letters. */
  readonly deadSeqs: ReadonlySet<string>;
  /** Findings of customers' policies. */
  readonly findings: readonly FoundFinding[];
}

export interface Comparison {
  /** Messages whose exact bytes are neither archived nor kept as a dead letter: their msgids. */
  readonly lost: readonly string[];
  readonly expectedFindings: number;
  /** `msgid policy/rule` */
  readonly missed: readonly string[];
  readonly unexpected: readonly string[];
}

/** Compares by raw bytes and by (message, policy, rule). */
export function compareWithTruth(truth: readonly TrueMessage[], outcome: Outcome): Comparison {
  const archived = new Set<string>();
  for (const { msgid, sha256 } of outcome.archived) archived.add(`${msgid} ${sha256}`);
  const lost = truth.filter(
    ({ seq, msgid, sha256 }) => !archived.has(`${msgid} ${sha256}`) && !outcome.deadSeqs.has(seq),
  );
  const expected = new Set(truth.flatMap(({ msgid, planted }) => planted.map((one) => nameOf(msgid, one))));
  const found = new Set(outcome.findings.map((finding) => nameOf(finding.msgid, finding)));
  return {
    lost: lost.map(({ msgid }) => msgid),
    expectedFindings: expected.size,
    missed: [...expected].filter((name) => !found.has(name)),
    unexpected: [...found].filter((name) => !expected.has(name)),
  };
}

const nameOf = (
  msgid: string,
  { policy, rule }: { readonly policy: string; readonly rule: string },
): string => `${msgid} ${policy}/${rule}`;
