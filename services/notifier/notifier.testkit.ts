// Findings, notices and receivers for the notifier's tests.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { Notice } from '@menshen/contracts/compliance-alert';
import { encodeJudgements, FINDINGS_HEADER, type Finding, findingId } from '@menshen/contracts/finding';
import type { AlertChannel, AlertRoute, NotifierConfig } from '@menshen/contracts/role-config';
import { findingSubject } from '@menshen/contracts/subjects';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';

const DIGEST = `sha256:${'0'.repeat(64)}` as const;

/** A finding of message `msgid`; the id follows from corp, message, policy and rule. */
export function makeFinding(msgid: string, change: Partial<Finding> = {}): Finding {
  const base: Omit<Finding, 'id'> = {
    corpId: 'ww1',
    msgid,
    seq: '1',
    conversationId: 'wr1',
    conversationKind: 'Group',
    direction: 'Outbound',
    senderId: 'zhang',
    eventTimeMs: 1_000,
    policy: { namespace: 'acme', name: 'no-guarantee' },
    rule: 'promised-yield',
    severity: 'High',
    mode: 'Enforce',
    channels: [],
    evidence: [
      {
        path: 'text.content',
        start: 2,
        end: 4,
        text: '保本',
        seen: '保本',
        view: 'Folded',
        condition: 'any[0]',
      },
    ],
    policyDigest: DIGEST,
    lexiconDigests: [],
    engineVersion: '1',
    factsVersion: 0,
    messageDigest: DIGEST,
    capturedAtMs: 1_000,
    ...change,
  };
  const { corpId, policy, rule } = base;
  return {
    ...base,
    id: findingId({ corpId, msgid, namespace: policy.namespace, policy: policy.name, rule }),
  };
}

export const makeChannel = (name: string, change: Partial<AlertChannel> = {}): AlertChannel => ({
  name,
  kind: 'Webhook',
  url: 'http://127.0.0.1:9/',
  includeContent: false,
  ...change,
});

export const makeRoute = (channels: readonly string[], change: Partial<AlertRoute> = {}): AlertRoute => ({
  minSeverity: 'Low',
  policies: [],
  channels,
  groupBy: ['Policy', 'Conversation'],
  groupWaitMs: 0,
  repeatIntervalMs: 0,
  ...change,
});

export const makeConfig = (
  channels: readonly AlertChannel[],
  routes: readonly AlertRoute[],
): NotifierConfig => ({ channels, routes });

export function makeNotice(change: Partial<Notice> = {}): Notice {
  const finding = makeFinding('m1');
  return {
    id: 'n1',
    corpId: 'ww1',
    channel: 'compliance',
    channelKind: 'Webhook',
    groupKey: 'compliance|acme/no-guarantee|wr1',
    policy: 'acme/no-guarantee',
    severity: 'High',
    conversationId: 'wr1',
    items: [{ findingId: finding.id, msgid: 'm1', rule: 'promised-yield', capturedAtMs: 1_000 }],
    state: 'Pending',
    attempts: 0,
    sendAfterMs: 2_000,
    createdAtMs: 1_000,
    updatedAtMs: 1_000,
    ...change,
  };
}

/** Publishes one judgement batch of one judgement, as a scanner would. */
export async function publishFindings(
  js: JetStreamClient,
  corpId: string,
  findings: readonly Finding[],
): Promise<void> {
  const meta = headers();
  meta.set(FINDINGS_HEADER, String(findings.length));
  const judgement = {
    seq: '1',
    msgid: findings[0]?.msgid ?? 'none',
    streamSequence: 1,
    factsVersion: 0,
    state: 'Judged' as const,
    capturedAtMs: 1_000,
    judgedAtMs: 1_000,
    pending: [],
    findings,
  };
  const batch = { corpId, policySetDigest: DIGEST, engineVersion: '1', judgements: [judgement] };
  await js.publish(findingSubject(corpId), encodeJudgements(batch), { headers: meta });
}

export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** A real HTTP receiver on loopback. `answer` may be asynchronous; `undefined` cuts the connection without an answer. */
export async function startReceiver(
  answer: (request: Received, index: number) => Answer | undefined | Promise<Answer | undefined>,
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      const index = received.push(one) - 1;
      void Promise.resolve(answer(one, index)).then((given) => {
        if (given === undefined) response.destroy();
        else response.writeHead(given.status, given.headers).end(given.body);
      });
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
