// Keeps the decrypt workers' keys equal to the key files: a Secret may be changed, or a missing version added, while ingest runs.
import type { Logger } from '@menshen/telemetry/logger';
import type { DecryptPool } from './decrypt/decrypt-pool.ts';
import { type KeyFile, type LoadedKeys, loadPrivateKeys } from './decrypt/load-private-keys.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { IngestStatus } from './ingest-status.ts';

export interface KeepKeysOptions {
  readonly files: readonly KeyFile[];
  readonly readText: (file: string) => Promise<string>;
  readonly pool: Pick<DecryptPool, 'useKeys'>;
  readonly status: IngestStatus;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
}

export class KeepKeys {
  readonly #options: KeepKeysOptions;
  #loaded: LoadedKeys | undefined;

  constructor(options: KeepKeysOptions) {
    this.#options = options;
  }

  /** Versions that can be opened now. */
  versions(): readonly number[] {
    return this.#loaded?.keys.map(({ version }) => version) ?? [];
  }

  /** Reads the files again. True when the usable keys are others than before. */
  async refresh(): Promise<boolean> {
    const { files, readText, pool, status, metrics, logger } = this.#options;
    const loaded = await loadPrivateKeys(files, readText);
    const before = this.#loaded;
    this.#loaded = loaded;
    metrics.unreadableKeys(loaded.problems.length);
    if (loaded.problems.length === 0) status.clear('keys');
    else status.say('keys', { reason: 'KeyMalformed', message: loaded.problems.join('; ') });
    if (loaded.problems.join() !== before?.problems.join())
      for (const problem of loaded.problems) logger.error(problem);
    if (loaded.fingerprint === before?.fingerprint) return false;
    pool.useKeys(loaded.keys);
    return true;
  }
}
