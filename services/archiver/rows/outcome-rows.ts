// From what was concluded to rows.

import type { Row } from '@menshen/clickhouse/row-binary';
import type { Notice } from '@menshen/contracts/compliance-alert';
import type { Finding, Judgement, JudgementBatch } from '@menshen/contracts/finding';
import type { RowBatch } from './row-batch.ts';

/** Verdicts before judgements: a judgement says that all its verdicts are there. */
export function addJudgementRows(batch: RowBatch, outcomeSequence: number, judged: JudgementBatch): void {
  for (const judgement of judged.judgements) {
    for (const finding of judgement.findings) batch.add('verdicts', verdictRow(outcomeSequence, finding));
    if (judged.findingsOnly !== true)
      batch.add('judgements', judgementRow(outcomeSequence, judged, judgement));
  }
}

function verdictRow(outcomeSequence: number, finding: Finding): Row {
  return {
    findingId: finding.id,
    seq: finding.seq,
    factsVersion: finding.factsVersion,
    policyDigest: finding.policyDigest,
    lexiconDigests: finding.lexiconDigests,
    engineVersion: finding.engineVersion,
    msgid: finding.msgid,
    messageDigest: finding.messageDigest,
    policyNamespace: finding.policy.namespace,
    policyName: finding.policy.name,
    rule: finding.rule,
    severity: finding.severity,
    mode: finding.mode,
    channels: finding.channels,
    conversationId: finding.conversationId,
    conversationKind: finding.conversationKind,
    direction: finding.direction,
    senderId: finding.senderId,
    evidence: JSON.stringify(finding.evidence),
    eventTime: finding.eventTimeMs,
    capturedAt: finding.capturedAtMs,
    outcomeSequence,
  };
}

function judgementRow(outcomeSequence: number, judged: JudgementBatch, judgement: Judgement): Row {
  return {
    seq: judgement.seq,
    factsVersion: judgement.factsVersion,
    msgid: judgement.msgid,
    state: judgement.state,
    policySetDigest: judged.policySetDigest,
    engineVersion: judged.engineVersion,
    hits: judgement.findings.length,
    pending: judgement.pending,
    capturedAt: judgement.capturedAtMs,
    judgedAt: judgement.judgedAtMs,
    streamSequence: judgement.streamSequence,
    outcomeSequence,
  };
}

export function addNoticeRow(batch: RowBatch, outcomeSequence: number, notice: Notice): void {
  batch.add('notices', {
    noticeId: notice.id,
    outcomeSequence,
    channel: notice.channel,
    channelKind: notice.channelKind,
    groupKey: notice.groupKey,
    policy: notice.policy,
    severity: notice.severity,
    conversationId: notice.conversationId,
    state: notice.state,
    attempts: notice.attempts,
    findingIds: notice.items.map((item) => item.findingId),
    createdAt: notice.createdAtMs,
    updatedAt: notice.updatedAtMs,
    error: notice.error ?? '',
  });
}
