// The operator's line to one tenant's NATS: which policies are in force there, what its services say of themselves, and the way to
// publish and withdraw. It opens itself, and opens itself again when it breaks; meanwhile it says so, and nobody waits for it.
import type { Digest } from '@menshen/contracts/digest';
import { lexiconObjectKey, type PolicyPointer, policyKey } from '@menshen/contracts/policy-bundle';
import type { StatusReport } from '@menshen/contracts/status-report';
import { POLICY_BUCKET, STATUS_BUCKET } from '@menshen/contracts/subjects';
import { type BodyBucket, getBody, putBody } from '@menshen/jetstream/policy-bodies';
import { jetstream } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { type Clock, type Random, sleep } from '../kube/clock.ts';
import { type FollowedBucket, followBucket } from './follow-bucket.ts';
import type { Gate } from './gate.ts';
import type { BucketOpener } from './open-buckets.ts';
import { type ConnectionPool, type NatsAccess, NatsUnreachable } from './pool-connections.ts';
import { readJson } from './read-json.ts';
import { ReportBook, type ReportNews } from './report-book.ts';
import type { ScannerView } from './scanner-view.ts';

export interface Bundle {
  readonly pointer: PolicyPointer;
  readonly bytes: Uint8Array;
  readonly lexicons: ReadonlyMap<Digest, Uint8Array>;
}

export type LinkState =
  /** It has not been open yet. */
  | { readonly kind: 'Opening' }
  | { readonly kind: 'Open' }
  | { readonly kind: 'Unreachable'; readonly why: string };

export interface TenantLink {
  readonly corpId: string;
  readonly state: LinkState;
  /** `<namespace>/<name>` → what the bucket says. As last known while the link is not open. */
  readonly pointers: ReadonlyMap<string, PolicyPointer | undefined>;
  /** `<role>.<instance>` → its newest report, none older than a minute. */
  readonly reports: ReadonlyMap<string, StatusReport>;
  /** `<instance>` → what it judges by. */
  readonly scanners: ReadonlyMap<string, ScannerView>;
  /** Bodies first, then the pointer. Rejects with {@link NatsUnreachable}. */
  publish(bundle: Bundle): Promise<void>;
  /** Removes the pointer of `<namespace>/<name>`. Rejects with {@link NatsUnreachable}. */
  withdraw(policy: string): Promise<void>;
  /** A lexicon as somebody pushed it; `undefined` when it is not there. Rejects with {@link NatsUnreachable}. */
  readLexicon(digest: Digest): Promise<Uint8Array | undefined>;
}

export interface LinkListener {
  /** The link has opened, or broken. */
  linkChanged(link: TenantLink): void;
  /** Something about these policies (`<namespace>/<name>`) has changed over there. */
  policiesChanged(link: TenantLink, policies: Iterable<string>): void;
  /** A service says that it does well or badly, and said otherwise before; or it is new, or has fallen silent. */
  reportChanged(link: TenantLink): void;
}

export interface LinkOptions {
  readonly corpId: string;
  /** Copies of a bucket that has to be made. */
  readonly replicas: number;
  /** Read again each time the link is opened: secrets change. Rejects when the Secret cannot be read. */
  readonly readAccess: () => Promise<NatsAccess>;
  readonly pool: ConnectionPool;
  readonly buckets: BucketOpener;
  /** When an operator comes to lead, or a server comes back, every tenant's line opens: not all at once. */
  readonly gate: Gate;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: LinkListener;
}

export interface RunningLink extends TenantLink {
  /** Resolves when the connection is given back. */
  stop(): Promise<void>;
}

const EXPIRY_LOOK_MS = 5000;
const BACKOFF = { firstMs: 500, longestMs: 30_000 };
/** Nothing depends on a watch alone: so often the link is opened afresh, which also reads new credentials. Jitter is added. */
const REFRESH_MS = 10 * 60_000;

export function openLink(options: LinkOptions): RunningLink {
  return new Link(options);
}

interface Session {
  /** Resolves when a question was not answered. */
  readonly failed: Promise<void>;
  readonly fail: () => void;
  readonly pointers: KV;
  readonly bodies: BodyBucket;
  readonly followed: readonly FollowedBucket[];
}

class Link implements RunningLink {
  readonly corpId: string;
  state: LinkState = { kind: 'Opening' };
  pointers = new Map<string, PolicyPointer | undefined>();
  private readonly book: ReportBook;
  /** Digests of pointers that are being written, `undefined` for one that is being removed. */
  private readonly written = new Map<string, string | undefined>();
  private readonly options: LinkOptions;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private session: Session | undefined;
  private followed: readonly FollowedBucket[] = [];

  constructor(options: LinkOptions) {
    this.options = options;
    this.corpId = options.corpId;
    this.book = new ReportBook(options.clock);
    this.running = this.run();
  }

  get reports(): ReadonlyMap<string, StatusReport> {
    return this.book.reports;
  }

  get scanners(): ReadonlyMap<string, ScannerView> {
    return this.book.scanners;
  }

  async publish({ pointer, bytes, lexicons }: Bundle): Promise<void> {
    const { corpId } = this;
    await this.ask(async ({ pointers, bodies }) => {
      for (const [digest, list] of lexicons)
        await putBody(bodies, { corpId, objectKey: lexiconObjectKey(digest) }, list);
      await putBody(bodies, { corpId, objectKey: pointer.objectKey }, bytes);
      const { namespace, name } = pointer;
      this.written.set(`${namespace}/${name}`, pointer.digest);
      await pointers.put(policyKey(corpId, namespace, name), JSON.stringify(pointer));
      this.pointers.set(`${namespace}/${name}`, pointer);
    });
  }

  async withdraw(policy: string): Promise<void> {
    await this.ask(async ({ pointers }) => {
      this.written.set(policy, undefined);
      await pointers.delete(`${this.corpId}.${policy.replace('/', '.')}`);
      this.pointers.delete(policy);
    });
  }

  async readLexicon(digest: Digest): Promise<Uint8Array | undefined> {
    const at = { corpId: this.corpId, objectKey: lexiconObjectKey(digest) };
    return await this.ask(({ bodies }) => getBody(bodies, at));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const one of this.followed) one.stop();
    await this.running;
  }

  private async ask<T>(question: (session: Session) => Promise<T>): Promise<T> {
    const { session } = this;
    if (session === undefined) throw new NatsUnreachable(this.corpId, 'the connection is not open');
    try {
      return await question(session);
    } catch (error) {
      // A server that takes connections and does not answer would hold up one pass after the other: the line is opened afresh, and whoever
      // asks meanwhile is told no at once.
      session.fail();
      if (this.session === session) this.session = undefined;
      throw new NatsUnreachable(this.corpId, error);
    }
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted; ) {
      const why = await this.serve();
      if (this.stopping.signal.aborted) return;
      failures = why === undefined ? 0 : failures + 1;
      // A server that restarts is back at the second try: nothing has happened that people must be told.
      if (why !== undefined && (failures > 1 || this.state.kind !== 'Open'))
        this.become({ kind: 'Unreachable', why });
      const longest = Math.min(BACKOFF.longestMs, BACKOFF.firstMs * 2 ** Math.min(failures, 10));
      if (why !== undefined)
        await sleep(this.options.clock, longest * (0.5 + this.options.random() / 2), this.stopping.signal);
    }
  }

  /** Opens the link and keeps it while it holds. Gives why it ended, or nothing when it is only to be opened afresh. */
  private async serve(): Promise<string | undefined> {
    const { pool, readAccess } = this.options;
    try {
      const loan = await pool.borrow(await readAccess());
      let session: Session | undefined;
      try {
        session = await this.options.gate.pass(() => this.open(loan.nats));
        this.session = session;
        this.followed = session.followed;
        this.become({ kind: 'Open' });
        const why = await this.hold(loan.nats, session);
        if (why !== undefined) this.options.buckets.doubt(loan.nats);
        return why;
      } catch (error) {
        this.options.buckets.doubt(loan.nats);
        throw error;
      } finally {
        for (const one of session?.followed ?? []) one.stop();
        this.session = undefined;
        loan.release();
      }
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async open(nats: NatsConnection): Promise<Session> {
    const { corpId, replicas } = this.options;
    const js = jetstream(nats, { timeout: 5000 });
    const { pointers, status, bodies } = await this.options.buckets.open(nats, replicas);
    const policies = await followBucket({
      bucket: pointers,
      name: POLICY_BUCKET,
      js,
      corpId,
      onChange: (key, value) => this.pointerChanged(key, value),
    });
    const reports = await followBucket({
      bucket: status,
      name: STATUS_BUCKET,
      js,
      corpId,
      onChange: (key, value) => this.tell(this.book.heard(key, value)),
    }).catch((error: unknown) => {
      policies.stop();
      throw error;
    });
    this.pointers = new Map([...policies.entries].map(([key, value]) => [policyOf(key), readPointer(value)]));
    this.book.takeAll(reports.entries);
    const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
    return { pointers, bodies, failed, fail, followed: [policies, reports] };
  }

  /** Resolves when the link has ended, or is to be opened afresh. */
  private async hold(nats: NatsConnection, { followed, failed }: Session): Promise<string | undefined> {
    const { clock, random } = this.options;
    const over = new AbortController();
    const looking = this.expireReports(over.signal);
    const refresh = sleep(
      clock,
      REFRESH_MS * (1 + random()),
      AbortSignal.any([over.signal, this.stopping.signal]),
    );
    const why = await Promise.race([
      nats.closed().then(() => 'the connection was lost'),
      failed.then(() => 'a question was not answered'),
      ...followed.map(({ ended }) => ended.then(() => 'a watch has ended')),
      refresh.then(() => undefined),
    ]);
    over.abort();
    await looking;
    return why;
  }

  private pointerChanged(key: string, value: Uint8Array | undefined): void {
    const policy = policyOf(key);
    const known = this.pointers.get(policy);
    const pointer = value === undefined ? undefined : readPointer(value);
    if (value === undefined) this.pointers.delete(policy);
    else this.pointers.set(policy, pointer);
    // Our own writes come back to us, often before their acknowledgement: they are no news.
    const isOurs = this.written.has(policy) && this.written.get(policy) === pointer?.digest;
    this.written.delete(policy);
    if (!isOurs && known?.digest !== pointer?.digest) this.options.listener.policiesChanged(this, [policy]);
  }

  private tell({ policies, isOtherScanner, isOtherReason }: ReportNews): void {
    const concerned = isOtherScanner ? new Set([...policies, ...this.pointers.keys()]) : policies;
    if (concerned.size > 0) this.options.listener.policiesChanged(this, concerned);
    if (isOtherReason) this.options.listener.reportChanged(this);
  }

  private async expireReports(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const news of this.book.expire()) this.tell(news);
      await sleep(this.options.clock, EXPIRY_LOOK_MS, signal);
    }
  }

  private become(state: LinkState): void {
    const isSame = this.state.kind === state.kind && state.kind === 'Unreachable';
    this.state = state;
    if (!isSame) this.options.listener.linkChanged(this);
  }
}

/** `<namespace>.<name>` → `<namespace>/<name>`: a namespace has no dot, a name may. */
function policyOf(key: string): string {
  return key.replace('.', '/');
}

function readPointer(value: Uint8Array): PolicyPointer | undefined {
  const pointer = readJson(value) as PolicyPointer | undefined;
  return typeof pointer?.digest === 'string' && typeof pointer.generation === 'number' ? pointer : undefined;
}
