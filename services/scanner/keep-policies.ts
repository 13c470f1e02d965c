// Keeps the evaluator's policy set equal to the POLICY bucket: whatever changes there is fetched, compiled by a standby evaluator
// while the old one goes on judging, and comes into force at the border of a batch.
import type { Clock } from '@menshen/contracts/clock';
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { Logger } from '@menshen/telemetry/logger';
import { type Candidate, type Choice, chooseRevisions, nameOf, type Revision } from './choose-revisions.ts';
import type { CompiledSet, RejectedPolicy } from './evaluation-job.ts';
import type { Evaluator } from './evaluator.ts';
import type { EvaluatorHost } from './evaluator-host.ts';
import { type FetchedPolicy, type FetchObject, fetchPolicy } from './fetch-policy.ts';
import type { Pointers } from './read-pointers.ts';
import type { ScannerMetrics } from './scanner-metrics.ts';

export interface PolicyTools {
  readonly readPointers: () => Promise<Pointers>;
  readonly fetchObject: FetchObject;
  readonly host: EvaluatorHost;
  readonly clock: Clock;
  readonly metrics: ScannerMetrics;
  readonly logger: Logger;
}

export interface PolicyState {
  readonly policySetDigest: string;
  readonly engineVersion: string;
  /** `<namespace>/<name>` → generation that judges. */
  readonly inForce: ReadonlyMap<string, number>;
  /** `<namespace>/<name>` → digest of the bundle that judges. */
  readonly digests: ReadonlyMap<string, string>;
  readonly rejected: readonly RejectedPolicy[];
}

/** A burst of changes, such as a GitOps sync, becomes one reload, ms. */
const DEBOUNCE_MS = 50;
/** Nothing depends on the watch alone: so often the bucket is read anyway, ms. */
const RESYNC_MS = 15_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

export class PolicyKeeper {
  readonly #tools: PolicyTools;
  /** By key of the bucket. */
  #inForce: ReadonlyMap<string, Revision> = new Map();
  #rejected: readonly RejectedPolicy[] = [];
  #set: CompiledSet | undefined;
  /** Sound bundles by digest: content-addressed, so never stale. */
  readonly #fetched = new Map<string, FetchedPolicy>();
  /** Digests of bundles that do not compile, with the reason: the same bundle never will. */
  readonly #refused = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  /** A reload is due within the debounce time already: a later change does not put it off. */
  #soon = false;
  #working: Promise<void> | undefined;
  #askedAgain = false;
  #failures = 0;
  #stopped = false;
  #onChange: (state: PolicyState) => void = () => undefined;

  constructor(tools: PolicyTools) {
    this.#tools = tools;
  }

  get state(): PolicyState | undefined {
    if (this.#set === undefined) return undefined;
    const revisions = [...this.#inForce.values()];
    const nameOfRevision = ({ input }: Revision): string => `${input.source.namespace}/${input.source.name}`;
    const inForce = new Map(revisions.map((one) => [nameOfRevision(one), one.generation]));
    const digests = new Map(revisions.map((one) => [nameOfRevision(one), one.digest]));
    const { policySetDigest, engineVersion } = this.#set;
    return { policySetDigest, engineVersion, inForce, digests, rejected: this.#rejected };
  }

  /**
   * Brings the current policies into force. Tries until every pointer could be read and every bundle either fetched or found not to exist:
   * judging by a part of the policies would pass messages that the rest forbids. `onChange` is told of every new state.
   */
  async start(onChange: (state: PolicyState) => void): Promise<void> {
    this.#onChange = onChange;
    for (let failures = 0; !this.#stopped; failures++) {
      const problem = await this.#reload({ complete: true });
      if (problem === undefined) break;
      this.#tools.logger.warn(
        { problem },
        'policies cannot be loaded yet; nothing is judged before they are',
      );
      await new Promise((resolve) => setTimeout(resolve, retryAfter(failures)));
    }
    this.#sleep(RESYNC_MS);
  }

  /** The bucket has changed, or may have. */
  changed(): void {
    this.#sleep(DEBOUNCE_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  #sleep(ms: number): void {
    if (this.#stopped || this.#soon) return;
    if (this.#working !== undefined) {
      this.#askedAgain ||= ms === DEBOUNCE_MS;
      return;
    }
    clearTimeout(this.#timer);
    this.#soon = ms === DEBOUNCE_MS;
    this.#timer = setTimeout(() => {
      this.#soon = false;
      this.#working = this.#reloadLater();
    }, ms);
  }

  async #reloadLater(): Promise<void> {
    const problem = await this.#reload({ complete: false });
    this.#working = undefined;
    this.#failures = problem === undefined ? 0 : this.#failures + 1;
    if (problem !== undefined)
      this.#tools.logger.warn({ problem }, 'policies could not be brought up to date');
    const next = problem === undefined ? RESYNC_MS : retryAfter(this.#failures - 1);
    const asked = this.#askedAgain;
    this.#askedAgain = false;
    this.#sleep(asked ? DEBOUNCE_MS : next);
  }

  /** Never rejects. Gives the reason to try again, or nothing. With `complete`, nothing comes into force while the object store is away. */
  async #reload(how: { readonly complete: boolean }): Promise<string | undefined> {
    try {
      const candidates = await this.#fetchAll(await this.#tools.readPointers());
      const away = candidates.find(({ fetched }) => !fetched.ok && fetched.storeAway);
      const problem = away === undefined || away.fetched.ok ? undefined : away.fetched.detail;
      if (how.complete && problem !== undefined) return problem;
      await this.#bringIntoForce(candidates);
      return problem;
    } catch (error) {
      this.#tools.metrics.reloaded('failed');
      return error instanceof Error ? error.message : 'unknown error';
    }
  }

  async #fetchAll(pointers: Pointers): Promise<readonly Candidate[]> {
    const wanted = new Set<string | undefined>([...pointers.values()].map((pointer) => pointer?.digest));
    for (const digest of [...this.#fetched.keys()].filter((known) => !wanted.has(known)))
      this.#forget(digest);
    return await Promise.all(
      [...pointers].map(async ([key, pointer]) => ({ key, pointer, fetched: await this.#fetch(pointer) })),
    );
  }

  #forget(digest: string): void {
    this.#fetched.delete(digest);
    this.#refused.delete(digest);
  }

  async #fetch(pointer: PolicyPointer | undefined): Promise<FetchedPolicy> {
    if (pointer === undefined) return { ok: false, detail: '', storeAway: false };
    const known = this.#fetched.get(pointer.digest);
    if (known !== undefined) return known;
    const fetched = await fetchPolicy(pointer, this.#tools.fetchObject);
    if (fetched.ok) this.#fetched.set(pointer.digest, fetched);
    return fetched;
  }

  async #bringIntoForce(candidates: readonly Candidate[]): Promise<void> {
    const choice = chooseRevisions(candidates, this.#inForce, this.#refused);
    if (this.#set !== undefined && this.#isInForce(choice)) {
      this.#announce(choice.rejected);
      return;
    }
    const startedAtMs = this.#tools.clock.nowMs();
    const standby = this.#tools.host.takeStandby();
    try {
      await this.#compileAndSwitch(standby, candidates, choice);
    } catch (error) {
      await standby.close();
      throw error;
    }
    this.#tools.metrics.reloaded('done', this.#tools.clock.nowMs() - startedAtMs);
  }

  /** What does not compile is replaced by its last good revision, and the set is compiled again without it. */
  async #compileAndSwitch(
    standby: Evaluator,
    candidates: readonly Candidate[],
    first: Choice,
  ): Promise<void> {
    let choice = first;
    let set = await standby.compile(inputsOf(choice));
    while (this.#learnRefused(candidates, set)) {
      choice = chooseRevisions(candidates, this.#inForce, this.#refused);
      if (this.#set !== undefined && this.#isInForce(choice)) {
        await standby.close();
        this.#announce(choice.rejected);
        return;
      }
      set = await standby.compile(inputsOf(choice));
    }
    this.#tools.host.switchTo(standby, { policies: inputsOf(choice), set });
    this.#set = set;
    this.#inForce = choice.revisions;
    this.#announce(choice.rejected);
  }

  /** True when something was refused that was not known to be. */
  #learnRefused(candidates: readonly Candidate[], set: CompiledSet): boolean {
    const before = this.#refused.size;
    for (const { policy, detail } of set.rejected) {
      const pointer = candidates.find((candidate) => nameOf(candidate) === policy)?.pointer;
      if (pointer !== undefined) this.#refused.set(pointer.digest, detail);
    }
    return this.#refused.size > before;
  }

  #isInForce({ revisions }: Choice): boolean {
    if (revisions.size !== this.#inForce.size) return false;
    return [...revisions].every(([key, { digest, generation }]) => {
      const now = this.#inForce.get(key);
      return now?.digest === digest && now.generation === generation;
    });
  }

  #announce(rejected: readonly RejectedPolicy[]): void {
    this.#rejected = rejected;
    const { state } = this;
    if (state === undefined) return;
    this.#tools.metrics.policies(state.inForce.size, rejected.length);
    this.#onChange(state);
  }
}

function inputsOf({ revisions }: Choice): readonly Revision['input'][] {
  return [...revisions.values()].map(({ input }) => input);
}

function retryAfter(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, failures));
}
