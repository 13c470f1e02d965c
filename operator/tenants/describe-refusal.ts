// What the API server will not take however often it is asked, in its words: which object, which field. Pure.
import { isApiError } from '../kube/api-error.ts';
import { judgeFailure } from '../kube/judge-failure.ts';
import { condition } from './conditions.ts';
import type { Findings } from './summarise-tenant.ts';

/** Enough to find it; the log has the rest. */
const LONGEST = 2000;

/** `undefined` for a failure that is tried again. */
export function describeRefusal(error: unknown): Findings['stalled'] {
  if (judgeFailure(error).retry !== 'Never') return undefined;
  const message = `${wordsOf(error)}: change what the spec says there; where it says nothing of it, this is a mistake of the operator's`;
  const { reason } = condition('Stalled', 'True', { reason: 'ObjectRefused', message });
  return { reason, message };
}

/** The fields sorted: the API server names them in no order, and a status must say the same from pass to pass. */
function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const causes = isApiError(error) ? error.causes : [];
  if (causes.length === 0) return words.slice(0, LONGEST);
  const [object = ''] = words.split(' is invalid: ');
  const fields = causes.map(({ field = '', message = '' }) => `${field}: ${message}`);
  return `${object} is invalid: ${[...new Set(fields)].sort().join('; ')}`.slice(0, LONGEST);
}
