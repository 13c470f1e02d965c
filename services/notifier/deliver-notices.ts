// Sends what is due, channel by channel, and writes down how it went. A notice is frozen and written down as being sent before it is sent:
// after a crash it is finished under the same id, and nothing can join it any more.
import type { Clock } from '@menshen/contracts/clock';
import type { Notice } from '@menshen/contracts/compliance-alert';
import type { Logger } from '@menshen/telemetry/logger';
import { inSpan } from '@menshen/telemetry/tracing';
import type { Channel, SendOutcome } from './channels/channel.ts';
import { DueQueue } from './due-queue.ts';
import type { NoticeLog } from './notice-log.ts';
import type { NotifierMetrics } from './notifier-metrics.ts';
import { GIVE_UP_AFTER_MS, scheduleRetry } from './retry-schedule.ts';
import { SendGate } from './send-gate.ts';

export interface DeliveryTools {
  readonly log: NoticeLog;
  readonly channels: ReadonlyMap<string, Channel>;
  /** Channels that may carry message text. */
  readonly contentChannels: ReadonlySet<string>;
  readonly clock: Clock;
  /** 0 ≤ chance < 1. */
  readonly chance: () => number;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  /** Called when a delivery has ended: another may start. */
  readonly wake: () => void;
}

/** A notice that another notifier began to send is taken over after this silence, ms. */
const TAKE_OVER_AFTER_MS = 5 * 60_000;
/** How soon a notice is looked at again whose writing down failed, ms. */
const WRITE_AGAIN_AFTER_MS = 1_000;

interface Owed {
  readonly dueAtMs: number;
  readonly attempts: number;
  /** Present when the receiver has it but the stream does not know: it must be written down, not sent again. */
  readonly delivered?: Notice;
}

export class Delivery {
  readonly #tools: DeliveryTools;
  readonly #gates = new Map<string, SendGate>();
  /** What this process decided about notices that are being sent: when to go on with each. */
  readonly #owed = new Map<string, Owed>();
  readonly #inFlight = new Map<string, Promise<void>>();
  /** By channel, what may be due when: every change of a notice adds to it, and what is no longer so is found out when its turn comes. */
  readonly #due = new Map<string, DueQueue>();

  constructor(tools: DeliveryTools) {
    this.#tools = tools;
  }

  /** Takes over everything that is not delivered: called once, after the log was read for the first time. */
  adoptAll(): void {
    const nowMs = this.#tools.clock.nowMs();
    for (const notice of this.#tools.log.book.listOpen())
      if (notice.attempts > 0) this.#owed.set(notice.id, { dueAtMs: nowMs, attempts: notice.attempts });
  }

  /** Starts every delivery that is due and allowed now. Returns when the next may become due, ms since the epoch; `undefined` when nothing waits. */
  tick(): number | undefined {
    const nowMs = this.#tools.clock.nowMs();
    for (const id of this.#tools.log.book.takeChanged()) this.#plan(id, nowMs);
    let next = Number.POSITIVE_INFINITY;
    for (const [channel, queue] of this.#due) next = Math.min(next, this.#startDue(channel, queue, nowMs));
    return Number.isFinite(next) ? next : undefined;
  }

  /** When the channel's next may start; infinity when none waits, or one in flight must end first. */
  #startDue(channel: string, queue: DueQueue, nowMs: number): number {
    const gate = this.#gateOf(channel);
    for (;;) {
      const mayAtMs = Math.max(queue.nextDueAtMs(), gate.opensAtMs(nowMs));
      if (mayAtMs > nowMs) return mayAtMs;
      const id = queue.take() ?? '';
      const dueAtMs = this.#dueAt(id, nowMs);
      if (dueAtMs === undefined) continue;
      if (dueAtMs > nowMs) queue.add(id, dueAtMs);
      else this.#start(id, channel, nowMs);
    }
  }

  #plan(id: string, nowMs: number): void {
    const channel = this.#tools.log.book.find(id)?.channel;
    const dueAtMs = this.#dueAt(id, nowMs);
    if (channel === undefined || dueAtMs === undefined) return;
    const queue = this.#due.get(channel) ?? new DueQueue();
    this.#due.set(channel, queue);
    queue.add(id, dueAtMs);
  }

  /** Settles when the deliveries in flight have ended. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.values());
  }

  /** `undefined` when it is delivered, in flight or given up. */
  #dueAt(id: string, nowMs: number): number | undefined {
    const notice = this.#tools.log.book.find(id);
    if (notice === undefined || this.#inFlight.has(id)) return undefined;
    const owed = this.#owed.get(notice.id);
    if (notice.attempts === 0) return Math.max(sendAtMs(notice), owed?.dueAtMs ?? 0);
    if (notice.state === 'Failed' && nowMs - sendAtMs(notice) > GIVE_UP_AFTER_MS) return undefined;
    return owed?.dueAtMs ?? notice.updatedAtMs + TAKE_OVER_AFTER_MS;
  }

  #gateOf(channel: string): SendGate {
    const gate =
      this.#gates.get(channel) ??
      new SendGate(this.#tools.channels.get(channel)?.limits ?? { concurrent: 1 });
    this.#gates.set(channel, gate);
    return gate;
  }

  #start(id: string, channel: string, nowMs: number): void {
    const gate = this.#gateOf(channel);
    gate.enter(nowMs);
    const work = this.#deliver(id)
      .catch((error: unknown) => {
        // NATS is away: the notice is where it was, and its turn comes again.
        this.#tools.logger.warn({ error, notice: id, channel }, 'cannot write down a notice, trying again');
        const owed = this.#owed.get(id) ?? { attempts: 0 };
        this.#owed.set(id, { ...owed, dueAtMs: this.#tools.clock.nowMs() + WRITE_AGAIN_AFTER_MS });
      })
      .finally(() => {
        gate.leave();
        this.#inFlight.delete(id);
        this.#plan(id, this.#tools.clock.nowMs());
        this.#tools.wake();
      });
    this.#inFlight.set(id, work);
  }

  async #deliver(id: string): Promise<void> {
    const owed = this.#owed.get(id);
    const received = owed?.delivered;
    if (received !== undefined) return await this.#writeDown(received);
    const notice = await this.#freeze(id);
    if (notice === undefined) return;
    const attempts = (owed?.attempts ?? 0) + 1;
    const outcome = await this.#send(notice);
    await this.#conclude({ ...notice, attempts, updatedAtMs: this.#tools.clock.nowMs() }, outcome);
  }

  /** The notice as it is sent; `undefined` when another notifier was faster. */
  async #freeze(id: string): Promise<Notice | undefined> {
    const found = this.#tools.log.book.find(id);
    if (found === undefined || found.attempts > 0) return found;
    const stored = await this.#tools.log.append((book) => {
      const notice = book.find(id);
      if (notice === undefined || notice.attempts > 0) return [];
      return [{ ...notice, attempts: 1, updatedAtMs: this.#tools.clock.nowMs() }];
    });
    const frozen = stored[0];
    if (frozen !== undefined) this.#owed.set(id, { dueAtMs: frozen.updatedAtMs, attempts: 0 });
    return frozen;
  }

  async #send(notice: Notice): Promise<SendOutcome> {
    const channel = this.#tools.channels.get(notice.channel);
    if (channel === undefined)
      return { kind: 'Refused', detail: 'the channel is no longer in the configuration' };
    const startedAtMs = this.#tools.clock.nowMs();
    const attributes = { notice: notice.id, channel: notice.channel, findings: notice.items.length };
    const outcome = await inSpan({ name: 'notifier.send', attributes }, () =>
      channel.send(this.#permitted(notice)).catch(
        // A channel's own failure, such as a secret that cannot be read: for this notice it is as if nobody answered.
        (error: unknown): SendOutcome => ({
          kind: 'Later',
          detail: error instanceof Error ? error.message : 'unknown error',
        }),
      ),
    );
    this.#tools.metrics.sent(notice, outcome.kind, this.#tools.clock.nowMs() - startedAtMs);
    return outcome;
  }

  /** The channel may have lost its permission to carry content since the notice was gathered. */
  #permitted(notice: Notice): Notice {
    if (this.#tools.contentChannels.has(notice.channel)) return notice;
    return { ...notice, items: notice.items.map(({ excerpt: _content, ...item }) => item) };
  }

  async #conclude(attempted: Notice, outcome: SendOutcome): Promise<void> {
    const gate = this.#gateOf(attempted.channel);
    if (outcome.kind === 'Delivered') {
      gate.succeeded();
      const { error: _old, ...delivered } = attempted;
      const record: Notice = { ...delivered, state: 'Delivered' };
      this.#owed.set(record.id, {
        dueAtMs: record.updatedAtMs,
        attempts: record.attempts,
        delivered: record,
      });
      return await this.#writeDown(record);
    }
    const next = scheduleRetry({
      attempts: attempted.attempts,
      refused: outcome.kind === 'Refused',
      ...(outcome.kind === 'Later' && outcome.retryAfterMs !== undefined
        ? { retryAfterMs: outcome.retryAfterMs }
        : {}),
      firstDueAtMs: sendAtMs(attempted),
      nowMs: attempted.updatedAtMs,
      chance: this.#tools.chance(),
    });
    if (outcome.kind === 'Later') gate.failed(attempted.updatedAtMs, outcome.retryAfterMs);
    this.#report(attempted, outcome.detail, next.failed);
    const dueAtMs = next.retryAtMs ?? Number.POSITIVE_INFINITY;
    this.#owed.set(attempted.id, { dueAtMs, attempts: attempted.attempts });
    if (next.failed) await this.#writeDownFailure(attempted, outcome.detail, next.retryAtMs === undefined);
  }

  /** Written when it becomes Failed and when it is given up, not at every attempt between. */
  async #writeDownFailure(attempted: Notice, detail: string, givenUp: boolean): Promise<void> {
    await this.#tools.log.append((book) => {
      const known = book.find(attempted.id);
      if (known === undefined || (known.state === 'Failed' && !givenUp)) return [];
      return [{ ...attempted, state: 'Failed', error: detail }];
    });
    this.#tools.metrics.concluded(attempted, 'Failed', attempted.updatedAtMs);
  }

  async #writeDown(delivered: Notice): Promise<void> {
    await this.#tools.log.append((book) => (book.find(delivered.id) === undefined ? [] : [delivered]));
    this.#owed.delete(delivered.id);
    this.#tools.metrics.concluded(delivered, 'Delivered', delivered.updatedAtMs);
  }

  #report(notice: Notice, detail: string, failed: boolean): void {
    const what = { notice: notice.id, channel: notice.channel, attempts: notice.attempts, detail };
    if (failed) this.#tools.logger.warn(what, 'a notice could not be delivered; it stays visible as Failed');
    else this.#tools.logger.info(what, 'a notice could not be delivered yet');
  }
}

/** When the notice was first to be sent: it may have gathered findings for days before. */
function sendAtMs(notice: Notice): number {
  return notice.sendAfterMs ?? notice.createdAtMs;
}
