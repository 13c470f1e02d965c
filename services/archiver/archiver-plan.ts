// What the archiver's two consumers are called in its process, and how it pulls from them.
export const CAPTURE_PATTERN = 'archiver.capture';
export const OUTCOME_PATTERN = 'archiver.outcomes';

/** Another archiver takes over after ten seconds of silence, so an idle one asks again well before. */
export const PULL_EXPIRES_MS = 3_000;
export const OUTCOME_BYTES_PER_BATCH = 16 * 1024 * 1024;
