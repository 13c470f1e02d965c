// A captured message as the facts that policies are judged by.
import type { CaptureStamp } from '@menshen/contracts/captured-message';
import { listMedia } from '@menshen/contracts/media-reference';
import type { WeComMessage } from '@menshen/contracts/message';
import type { ModelAnswer } from '@menshen/contracts/model-answer';
import { collectStickers } from './collect-stickers.ts';
import { collectTexts } from './collect-texts.ts';
import type { MessageFacts, RecentFact, SizeFact } from './facts.ts';

/** What the captured bytes do not say. `models` stands for what the stamp says of models. */
export interface FactsBesides {
  readonly recent?: readonly RecentFact[];
  readonly models?: readonly ModelAnswer[];
}

/**
 * `message` is what `parseMessage` makes of the captured bytes; `besides` comes from whoever sees more than this message.
 * Total: every message has facts, whatever its type.
 */
export function toFacts(
  stamp: CaptureStamp,
  message: WeComMessage,
  besides: FactsBesides = {},
): MessageFacts {
  const { sender, recipients } = stamp;
  return {
    corpId: stamp.corpId,
    msgid: stamp.msgid,
    seq: stamp.seq,
    messageType: message.msgtype,
    conversationId: stamp.conversationId,
    conversationKind: stamp.conversationKind,
    direction: stamp.direction,
    sender: { id: sender.id, kind: sender.kind, departments: sender.departments },
    recipients: { ...recipients, ids: message.tolist },
    texts: collectTexts(message),
    media: measureMedia(stamp, message),
    stickers: collectStickers(message),
    recent: besides.recent ?? [],
    models: besides.models ?? stamp.facts.models ?? [],
    capturedAtMs: stamp.capturedAtMs,
    eventTimeMs: stamp.eventTimeMs,
    messageDigest: stamp.digest,
    factsVersion: stamp.facts.version,
  };
}

/** The measured size where the medium was fetched, else what WeCom claims; a medium of unknown size is left out. */
function measureMedia(stamp: CaptureStamp, message: WeComMessage): SizeFact[] {
  const measured = new Map(stamp.facts.media.map((medium) => [medium.path, medium.sizeBytes]));
  return listMedia(message).flatMap(({ path, sizeBytes: claimed }) => {
    const sizeBytes = measured.get(path) ?? claimed;
    return sizeBytes === undefined ? [] : [{ path, sizeBytes }];
  });
}
