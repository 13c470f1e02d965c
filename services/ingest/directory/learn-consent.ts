// agree and disagree are messages of the customer: they count from the moment they are captured, not from the next sync.
import type { WeComMessage } from '@menshen/contracts/message';
import { placeOf } from '../stamp-message.ts';
import type { Directory } from './directory.ts';

/** Takes over a consent message; does nothing for any other. Times are WeCom's, UTC milliseconds. */
export function learnConsent(message: WeComMessage, directory: Directory): void {
  if (message.msgtype !== 'agree' && message.msgtype !== 'disagree') return;
  const externalId = message.body.userid;
  const changedAtMs = message.body.agree_time ?? message.body.disagree_time ?? message.msgtime;
  const state = message.msgtype === 'agree' ? 'Agreed' : 'Disagreed';
  const id = `${placeOf(message)}:${externalId}`;
  directory.update([{ kind: 'Consent', id, deleted: false, externalId, state, changedAtMs }]);
}
