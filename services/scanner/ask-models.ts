// Model servers of the tenant, asked over HTTP for the messages that a policy asks about: many texts in one request, within a time limit, and
// not at all for a while after a server has failed several times, so that a dead one holds up nobody.
//   POST <url>  {"texts": ["…"]}  →  {"model": "toxic", "version": "3.1", "scores": [{"harassment": 0.93}]}, one entry a text, scores from 0 to 1.
import type { Clock } from '@menshen/contracts/clock';
import type { ModelAnswer } from '@menshen/contracts/model-answer';
import type { ModelServer } from '@menshen/contracts/role-config';
import type { ModelOutcome, WantedModels } from './evaluation-job.ts';

export interface ModelTools {
  readonly servers: readonly ModelServer[];
  readonly fetch: typeof fetch;
  /** Content of a file that holds a token. */
  readonly readToken: (path: string) => Promise<string>;
  readonly clock: Clock;
  readonly report: (server: string, event: ModelEvent) => void;
}

/** Never with content. */
export type ModelEvent =
  | { readonly kind: 'Answered'; readonly texts: number }
  | { readonly kind: 'Failed'; readonly detail: string }
  /** It is left alone for a while. */
  | { readonly kind: 'Opened'; readonly detail: string };

/** A longer text is cut: models read a few hundred words, and a message may be a book. UTF-16 units. */
export const MOST_TEXT = 4096;
const REQUESTS_AT_ONCE = 4;
const FAILURES_UNTIL_OPEN = 3;
/** How long a server that failed is left alone, ms; then one request may try. */
const OPEN_MS = 30_000;
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;

interface Circuit {
  failures: number;
  openUntilMs: number;
}

interface Scored {
  readonly model: string;
  readonly version: string;
  readonly scores: Readonly<Record<string, number>>;
}

export class ModelServers {
  readonly #tools: ModelTools;
  readonly #circuits = new Map<string, Circuit>();

  constructor(tools: ModelTools) {
    this.#tools = tools;
  }

  /** Whether it is worth asking now. */
  isUsable(name: string): boolean {
    const server = this.#find(name);
    return server !== undefined && this.#circuitOf(name).openUntilMs <= this.#tools.clock.nowMs();
  }

  /** What each server says of each message, by the number of the message. Never rejects: a server that does not answer is away. */
  async ask(wanted: readonly WantedModels[]): Promise<ReadonlyMap<number, readonly ModelOutcome[]>> {
    const outcomes = new Map<number, ModelOutcome[]>(wanted.map(({ index }) => [index, []]));
    const names = new Set(wanted.flatMap(({ servers }) => servers));
    await Promise.all(
      [...names].map(async (name) => {
        const messages = wanted.filter(({ servers }) => servers.includes(name));
        const scored = await this.#scoreTexts(name, [
          ...new Set(messages.flatMap(({ texts }) => texts.map(cut))),
        ]);
        for (const { index, texts } of messages) outcomes.get(index)?.push(toOutcome(name, texts, scored));
      }),
    );
    return outcomes;
  }

  /** Texts without a score are absent. */
  async #scoreTexts(name: string, texts: readonly string[]): Promise<ReadonlyMap<string, Scored>> {
    const scored = new Map<string, Scored>();
    const server = this.#find(name);
    if (server === undefined) return scored;
    const parts: (readonly string[])[] = [];
    for (let at = 0; at < texts.length; at += server.batchSize)
      parts.push(texts.slice(at, at + server.batchSize));
    const work = async (): Promise<void> => {
      for (let part = parts.shift(); part !== undefined && this.isUsable(name); part = parts.shift()) {
        const answer = await this.#request(server, part);
        for (const [index, text] of part.entries())
          if (answer?.[index] !== undefined) scored.set(text, answer[index]);
      }
    };
    // A server that has failed is tried with one request, not with four.
    const isShaky = this.#circuitOf(name).failures > 0;
    await Promise.all(Array.from({ length: isShaky ? 1 : REQUESTS_AT_ONCE }, work));
    return scored;
  }

  async #request(server: ModelServer, texts: readonly string[]): Promise<readonly Scored[] | undefined> {
    const circuit = this.#circuitOf(server.name);
    try {
      const scored = await this.#post(server, texts);
      circuit.failures = 0;
      this.#tools.report(server.name, { kind: 'Answered', texts: texts.length });
      return scored;
    } catch (error) {
      const detail = describe(error);
      circuit.failures++;
      this.#tools.report(server.name, { kind: 'Failed', detail });
      if (circuit.failures >= FAILURES_UNTIL_OPEN && circuit.openUntilMs <= this.#tools.clock.nowMs()) {
        circuit.openUntilMs = this.#tools.clock.nowMs() + OPEN_MS;
        this.#tools.report(server.name, { kind: 'Opened', detail });
      }
      return undefined;
    }
  }

  async #post(server: ModelServer, texts: readonly string[]): Promise<readonly Scored[]> {
    const token = server.tokenFile === undefined ? undefined : await this.#tools.readToken(server.tokenFile);
    const response = await this.#tools.fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token.trim()}` }),
      },
      body: JSON.stringify({ texts }),
      // Where texts of messages go, nobody else decides.
      redirect: 'error',
      signal: AbortSignal.timeout(server.timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new BadAnswer(`answers ${response.status}`);
    }
    return readAnswer(await readBody(response), texts.length);
  }

  #find(name: string): ModelServer | undefined {
    return this.#tools.servers.find((server) => server.name === name);
  }

  #circuitOf(name: string): Circuit {
    const circuit = this.#circuits.get(name) ?? { failures: 0, openUntilMs: 0 };
    this.#circuits.set(name, circuit);
    return circuit;
  }
}

class BadAnswer extends Error {}

async function readBody(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MOST_ANSWER_BYTES) throw new BadAnswer('answers with too much');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What comes from outside is checked to the last number: it becomes part of verdicts. */
function readAnswer(text: string, count: number): readonly Scored[] {
  const { model, version, scores } = parse(text);
  if (!isName(model) || !isName(version)) throw new BadAnswer('answers without model and version');
  if (!Array.isArray(scores) || scores.length !== count || !scores.every(isScores))
    throw new BadAnswer('answers without scores from 0 to 1 for each text');
  return (scores as Scored['scores'][]).map((one) => ({ model, version, scores: one }));
}

function parse(text: string): {
  readonly model?: unknown;
  readonly version?: unknown;
  readonly scores?: unknown;
} {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    throw new BadAnswer('answers with something other than JSON');
  }
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 128;

const MOST_LABELS = 32;

function isScores(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MOST_LABELS &&
    entries.every(([label, score]) => isName(label) && typeof score === 'number' && score >= 0 && score <= 1)
  );
}

/** Away unless every text has a score by the same model: half an answer would pass for a whole one. */
function toOutcome(
  server: string,
  texts: readonly string[],
  scored: ReadonlyMap<string, Scored>,
): ModelOutcome {
  const found = texts.map((text) => scored.get(cut(text)));
  const [first] = found;
  if (
    first === undefined ||
    !found.every((one) => one?.model === first.model && one.version === first.version)
  )
    return { kind: 'Away', server };
  const { model, version } = first;
  const answer: ModelAnswer = { server, model, version, scores: found.map((one) => one?.scores ?? {}) };
  return { kind: 'Answered', answer };
}

/** Never inside a surrogate pair. */
const cut = (text: string): string =>
  text.length <= MOST_TEXT ? text : text.slice(0, MOST_TEXT).replace(/[\ud800-\udbff]$/, '');

/** Our own words, or the kind of the failure: never what a server wrote. */
function describe(error: unknown): string {
  if (error instanceof BadAnswer) return error.message;
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return name === 'TimeoutError' ? 'does not answer in time' : (cause?.code ?? name ?? 'unknown failure');
}
