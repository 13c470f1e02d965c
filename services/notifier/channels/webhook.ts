// The general way out: a signed POST of JSON. A receiver that remembers `Idempotency-Key` is told every notice exactly once.
import type { Notice } from '@menshen/contracts/compliance-alert';
import { SIGNATURE_HEADER, signPayload } from '../sign-payload.ts';
import type { MakeChannel } from './channel.ts';
import { postJson } from './post-json.ts';

export const makeWebhook: MakeChannel = (config, tools) => {
  const { url, signingKeyFile } = config;
  if (url === undefined) throw new Error(`channel ${config.name} is a Webhook without url`);
  return {
    name: config.name,
    limits: { concurrent: 4 },
    async send(notice) {
      const body = JSON.stringify(webhookBody(notice));
      const nowMs = tools.clock.nowMs();
      const signature =
        signingKeyFile === undefined
          ? {}
          : { [SIGNATURE_HEADER]: signPayload(body, await tools.readSecret(signingKeyFile), nowMs) };
      const headers = { 'Idempotency-Key': notice.id, ...signature };
      const outcome = await postJson({ fetch: tools.fetch, url, body, headers, nowMs });
      return outcome.kind === 'Answered' ? { kind: 'Delivered' } : outcome;
    },
  };
};

/** What a webhook receiver gets. `version` changes when a field changes its meaning; new fields may come at any time. */
export interface WebhookBody {
  readonly version: 1;
  readonly id: string;
  readonly corpId: string;
  readonly channel: string;
  readonly group: string;
  readonly policy: string;
  readonly severity: string;
  readonly conversationId: string;
  /** UTC milliseconds. */
  readonly createdAt: number;
  readonly findings: Notice['items'];
}

function webhookBody(notice: Notice): WebhookBody {
  const { id, corpId, channel, policy, severity, conversationId } = notice;
  return {
    version: 1,
    id,
    corpId,
    channel,
    group: notice.groupKey,
    policy,
    severity,
    conversationId,
    createdAt: notice.createdAtMs,
    findings: notice.items,
  };
}
