// Prometheus Alertmanager, API v2 (POST /api/v2/alerts): one alert for each notice. Never content: who may see alerts may see these.
import type { Notice } from '@menshen/contracts/compliance-alert';
import type { MakeChannel } from './channel.ts';
import { postJson } from './post-json.ts';

/** After this the alert resolves by itself and Alertmanager forgets it, ms. */
const ALERT_LIFETIME_MS = 3_600_000;
const MOST_LABEL_CHARACTERS = 200;

export const makeAlertmanager: MakeChannel = (config, tools) => {
  const { url } = config;
  if (url === undefined) throw new Error(`channel ${config.name} is an Alertmanager without url`);
  return {
    name: config.name,
    limits: { concurrent: 2 },
    async send(notice) {
      const nowMs = tools.clock.nowMs();
      const outcome = await postJson({
        fetch: tools.fetch,
        url: `${url.replace(/\/+$/, '')}/api/v2/alerts`,
        body: JSON.stringify([alertOf(notice, nowMs)]),
        nowMs,
      });
      return outcome.kind === 'Answered' ? { kind: 'Delivered' } : outcome;
    },
  };
};

/**
 * Always the same six labels. `notice` is among them because Alertmanager takes alerts with equal labels for one alert:
 * without it the second notice of a policy would be swallowed as a repetition of the first. A retried notice has the same labels, so it is one alert.
 * It starts when it is sent: one that waited for hours must not arrive as already resolved.
 */
function alertOf(notice: Notice, nowMs: number): object {
  return {
    labels: {
      alertname: 'MenshenComplianceAlert',
      corp: bounded(notice.corpId),
      channel: bounded(notice.channel),
      policy: bounded(notice.policy),
      severity: notice.severity.toLowerCase(),
      notice: notice.id,
    },
    annotations: {
      summary: `${notice.items.length} finding(s) of policy ${bounded(notice.policy)}`,
      conversation: bounded(notice.conversationId),
      findings: notice.items
        .slice(0, 20)
        .map((item) => item.findingId)
        .join(' '),
    },
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + ALERT_LIFETIME_MS).toISOString(),
  };
}

function bounded(text: string): string {
  return text.slice(0, MOST_LABEL_CHARACTERS);
}
