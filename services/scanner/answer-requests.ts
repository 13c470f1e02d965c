// The evaluator itself, wherever it runs: compiles a policy set, judges batches by it. One batch at a time; nothing of a batch is kept.
import type { Digest } from '@menshen/contracts/digest';
import type { Judgement } from '@menshen/contracts/finding';
import type { Engine } from '@menshen/policy-engine/build-engine';
import type { PolicyProblem } from '@menshen/policy-engine/compile-policy';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { ENGINE_VERSION } from '@menshen/policy-engine/digests';
import { parseLexicon } from '@menshen/policy-engine/parse-lexicon';
import type {
  CompiledSet,
  EvaluationJob,
  EvaluationResult,
  EvaluatorAnswer,
  EvaluatorRequest,
  FoundFact,
  PolicyInput,
  RejectedPolicy,
  WantedBody,
  WantedModels,
} from './evaluation-job.ts';
import { type JudgeOutcome, judgeMessage } from './judge-message.ts';
import { packJudgements } from './pack-judgements.ts';

/** Answers requests by the policy set compiled last; the empty set before that. `now` is a stopwatch in ms, for metrics only. */
export function createAnswerer(now: () => number): (request: EvaluatorRequest) => EvaluatorAnswer {
  let engine = compilePolicySet([], new Map()).engine;
  return (request) => {
    if (request.kind === 'Evaluate')
      return { kind: 'Result', id: request.id, result: evaluateJob(engine, request.job, now) };
    const compiled = compileInputs(request.policies);
    engine = compiled.engine;
    return { kind: 'Compiled', id: request.id, set: compiled.set };
  };
}

function compileInputs(inputs: readonly PolicyInput[]): { engine: Engine; set: CompiledSet } {
  const lexicons = new Map<Digest, readonly string[]>();
  const unreadable = new Map<string, string>();
  for (const [digest, bytes] of inputs.flatMap((input) => [...input.lexicons])) {
    if (lexicons.has(digest as Digest) || unreadable.has(digest)) continue;
    const parsed = parseLexicon(bytes);
    if (parsed.ok) lexicons.set(digest as Digest, parsed.terms);
    else unreadable.set(digest, parsed.message);
  }
  const { engine, rejected } = compilePolicySet(
    inputs.map(({ source }) => source),
    lexicons,
  );
  const set = {
    policySetDigest: engine.policySetDigest,
    engineVersion: ENGINE_VERSION,
    recentSeconds: engine.recentSeconds,
    rejected: summarise(rejected, inputs, unreadable),
  };
  return { engine, set };
}

/** One entry for each rejected policy: its first problem, or the lexicon that cannot be read, which is the cause of it. */
function summarise(
  problems: readonly PolicyProblem[],
  inputs: readonly PolicyInput[],
  unreadable: ReadonlyMap<string, string>,
): readonly RejectedPolicy[] {
  const byPolicy = new Map<string, string>();
  for (const { policy, path, message, remedy } of problems)
    if (!byPolicy.has(policy)) byPolicy.set(policy, `${path}: ${message}; ${remedy}`);
  for (const { source, lexicons } of inputs) {
    const policy = `${source.namespace}/${source.name}`;
    const cause = [...lexicons.keys()].find((digest) => unreadable.has(digest));
    if (cause !== undefined && byPolicy.has(policy))
      byPolicy.set(policy, `${cause}: ${unreadable.get(cause)}`);
  }
  return [...byPolicy].map(([policy, detail]) => ({ policy, detail }));
}

function evaluateJob(engine: Engine, job: EvaluationJob, now: () => number): EvaluationResult {
  const startedAt = now();
  if (!isCounted(engine, job)) return { kind: 'NeedsRecent' };
  const outcomes = job.ends.map((end, index) => judgeAt(engine, job, { index, end }));
  const wanted = outcomes.flatMap((outcome, index): WantedBody[] =>
    outcome.kind === 'NeedsBody' ? [{ index, objectKey: outcome.objectKey }] : [],
  );
  if (wanted.length > 0) return { kind: 'NeedsBodies', wanted };
  const asked = outcomes.flatMap((outcome, index): WantedModels[] =>
    outcome.kind === 'NeedsModels' ? [{ index, servers: outcome.servers, texts: outcome.texts }] : [],
  );
  if (asked.length > 0) return { kind: 'NeedsModels', wanted: asked };
  const judgements = outcomes.flatMap((outcome) => (outcome.kind === 'Judged' ? [outcome.judgement] : []));
  const { corpId } = job;
  const { packed, tooLarge } = packJudgements(
    { corpId, policySetDigest: engine.policySetDigest, engineVersion: ENGINE_VERSION },
    judgements,
  );
  return {
    kind: 'Evaluated',
    packed,
    failed: [
      ...outcomes.flatMap((outcome, index) =>
        outcome.kind === 'Failed'
          ? [{ streamSequence: job.streamSequences[index] ?? 0, detail: outcome.detail }]
          : [],
      ),
      ...tooLarge.map((streamSequence) => ({ streamSequence, detail: 'too many findings for one payload' })),
    ],
    found: judgements.flatMap(listFound),
    quarantined: judgements.filter(({ state }) => state === 'Quarantined').length,
    awaiting: outcomes.flatMap((outcome) =>
      outcome.kind === 'Judged' && outcome.away.length > 0
        ? [{ streamSequence: outcome.judgement.streamSequence, servers: outcome.away }]
        : [],
    ),
    tookMs: now() - startedAt,
  };
}

const isCounted = ({ recentSeconds }: Engine, { recent }: EvaluationJob): boolean =>
  recent === undefined || recentSeconds.every((seconds) => recent.withinSeconds.includes(seconds));

function judgeAt(
  engine: Engine,
  job: EvaluationJob,
  at: { readonly index: number; readonly end: number },
): JudgeOutcome {
  const start = at.index === 0 ? 0 : (job.ends[at.index - 1] ?? 0);
  const body = job.bodies.get(at.index);
  const event = {
    payload: job.bytes.subarray(start, at.end),
    streamSequence: job.streamSequences[at.index] ?? 0,
    recent: job.recent?.facts[at.index] ?? [],
    ...(job.models === undefined ? {} : { models: job.models.get(at.index) ?? [] }),
    ...(body === undefined ? {} : { body }),
  };
  return judgeMessage(engine, event, job.judgedAtMs);
}

function listFound(judgement: Judgement): readonly FoundFact[] {
  return judgement.findings.map(({ policy, severity, mode, capturedAtMs }) => ({
    policy: `${policy.namespace}/${policy.name}`,
    severity,
    mode,
    capturedAtMs,
  }));
}
