// The directory as coverage looks at it.
import type { Directory } from '../directory/directory.ts';
import { type FactAges, type Question, WHOLE } from '../directory/fact-ages.ts';
import type { CoverageView, Room } from './directory-gaps.ts';

export function viewDirectory(directory: Directory, ages: FactAges): CoverageView {
  const hasAnswered = (question: Question, id: string): boolean =>
    !ages.isOlder(question, id, Number.POSITIVE_INFINITY);
  return {
    knows: (list) => hasAnswered(list === 'Seats' ? 'permits' : 'members', WHOLE),
    members: () => directory.ids('User'),
    isMember: (id) => directory.get('User', id) !== undefined,
    seats: () => directory.ids('Permit'),
    hasSeat: (id) => directory.get('Permit', id) !== undefined,
    *follows() {
      for (const externalId of directory.ids('ExternalContact'))
        for (const { userId } of directory.get('ExternalContact', externalId)?.followedBy ?? [])
          yield { externalId, userid: userId };
    },
    *rooms() {
      for (const id of directory.ids('Group')) yield roomOf(directory, id);
    },
    hasAskedConsent: (place, externalId) =>
      hasAnswered('room-consent', place) || hasAnswered('direct-consent', `${place}:${externalId}`),
    consent: (place, externalId) => directory.get('Consent', `${place}:${externalId}`),
  };
}

function roomOf(directory: Directory, id: string): Room {
  const members = [...directory.membersOf(id).values()];
  const of = (kind: 'Staff' | 'External'): string[] =>
    members.filter(({ memberKind }) => memberKind === kind).map(({ memberId }) => memberId);
  return {
    id,
    resolved: directory.get('Group', id)?.resolved === true,
    staff: of('Staff'),
    external: of('External'),
  };
}
