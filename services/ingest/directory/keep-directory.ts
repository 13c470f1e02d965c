// Everything that keeps the directory of one tenant fresh, put together: lists on an interval, the oldest answers in between, and whoever a
// message names. One look at a time, however long it takes.
import type { Clock } from '@menshen/contracts/clock';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { Logger } from '@menshen/telemetry/logger';
import type { IngestMetrics } from '../ingest-metrics.ts';
import { type IngestStatus, reasonOfFault } from '../ingest-status.ts';
import type { ReadEntry } from '../read-entries.ts';
import { ApiBudget } from './api-budget.ts';
import type { DirectoryApi } from './ask-directory.ts';
import { AskItems } from './ask-items.ts';
import { Directory } from './directory.ts';
import { FactAges } from './fact-ages.ts';
import { RereadOldest } from './reread-oldest.ts';
import { ResolveUnknown } from './resolve-unknown.ts';
import { type QuestionFault, syncDirectory } from './sync-directory.ts';

export interface KeepDirectoryOptions {
  readonly archiveApi: DirectoryApi;
  readonly directoryApi: DirectoryApi | undefined;
  /** Time between two full reads, ms. */
  readonly refreshMs: number;
  /** Longest wait of a page for answers about ids it names, ms. */
  readonly patienceMs: number;
  /** A message that names someone whose answer is older than this asks again, ms. */
  readonly mentionBoundMs: number;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly status: IngestStatus;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
}

export class KeepDirectory {
  readonly facts: Directory;
  readonly ages: FactAges;
  readonly #options: KeepDirectoryOptions;
  readonly #apis: Pick<KeepDirectoryOptions, 'archiveApi' | 'directoryApi'>;
  readonly #reread: RereadOldest;
  readonly #resolver: ResolveUnknown;
  /** userid → departments as the list of members last gave them. */
  readonly #listed = new Map<string, string>();
  #looking: Promise<void> | undefined;
  #rereading: Promise<readonly QuestionFault[]> | undefined;

  constructor(options: KeepDirectoryOptions) {
    this.#options = options;
    const { archiveApi, directoryApi, clock, metrics } = options;
    this.facts = new Directory(clock);
    this.ages = new FactAges(clock);
    const budget = new ApiBudget(clock, (path) => metrics.directoryCall(path));
    this.#apis = {
      archiveApi: budget.count(archiveApi),
      directoryApi: directoryApi === undefined ? undefined : budget.count(directoryApi),
    };
    const answers = { directory: this.facts, ages: this.ages };
    const items = new AskItems({ ...answers, ...this.#apis, budget });
    this.#reread = new RereadOldest({ ...options, ...answers, items });
    this.#resolver = new ResolveUnknown({ ...options, ...answers, items });
  }

  /** Takes over what the record knows. What cannot be recalled is told to the record anew. */
  async recall(sources: readonly (() => Promise<readonly DirectoryFact[]>)[]): Promise<void> {
    const { logger } = this.#options;
    try {
      for (const recall of sources) this.facts.adopt(await recall());
    } catch (error) {
      logger.warn({ error }, 'cannot recall the directory: everything WeCom says is told to the record anew');
    }
  }

  /** Asks about whoever the entries name; returns in bounded time. Never rejects. */
  async resolve(entries: readonly ReadEntry[]): Promise<void> {
    await this.#resolver.resolve(entries);
  }

  /** Reads the lists, and at once as much of what hangs on them as the quota of a minute allows. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Asks again what was answered longest ago. */
  reread(): Promise<readonly QuestionFault[]> {
    this.#rereading ??= this.#reread.step().finally(() => {
      this.#rereading = undefined;
    });
    return this.#rereading;
  }

  /** Says how old the oldest answers are. */
  measureAges(): void {
    for (const [question, ageMs] of this.ages.oldest()) this.#options.metrics.directoryAge(question, ageMs);
  }

  async #look(): Promise<void> {
    const { status, isStopping } = this.#options;
    const { faults, customerGroups } = await syncDirectory({
      directory: this.facts,
      ages: this.ages,
      ...this.#apis,
      listed: this.#listed,
    });
    this.#reread.listed(customerGroups);
    const more = isStopping() ? [] : await this.reread();
    status.fact('permittedSeats', this.facts.ids('Permit').length);
    this.#say([...faults, ...more]);
  }

  #say(faults: readonly QuestionFault[]): void {
    const { status, logger } = this.#options;
    const [first] = faults;
    if (first === undefined) {
      status.clear('directory');
      return;
    }
    status.say('directory', {
      reason: reasonOfFault(first.fault),
      message: `the directory is not complete, ${first.question}: ${first.fault.detail}`,
    });
    logger.warn({ faults }, 'the directory could not be read completely');
  }
}
