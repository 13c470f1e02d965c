// A group, its owner and who is in it since when, from whichever of WeCom's two interfaces knows it (developer page p/92951 and those of
// customer contact).
import { contentDigest } from '@menshen/contracts/digest';
import {
  type Answer,
  type DirectoryApi,
  type FactAsHeard,
  isUnknown,
  object,
  readAnswer,
  rowsOf,
  secondsToMs,
  text,
} from './ask-directory.ts';
import type { FactOf } from './directory.ts';

export interface GroupAnswer {
  readonly group: FactAsHeard<'Group'>;
  /** Everyone who is in it; `undefined` when the answer does not say. */
  readonly members: readonly FactAsHeard<'GroupMember'>[] | undefined;
}
type GroupType = FactOf<'Group'>['type'];

/**
 * A group by roomid: internal ones are known to the archive interface, customer groups to the customer-contact interface, and some groups
 * that began on the WeChat side to neither; those are told as not resolved. `type`, when it is known from before, saves a call.
 */
export async function askGroup(
  apis: { archive: DirectoryApi; directory: DirectoryApi | undefined },
  id: string,
  type: GroupType = 'Unknown',
): Promise<Answer<GroupAnswer>> {
  const { archive, directory } = apis;
  const asks = [
    () => askInternalGroup(archive, id),
    ...(directory === undefined ? [] : [() => askCustomerGroup(directory, id)]),
  ];
  if (type === 'Customer') asks.reverse();
  for (const ask of asks) {
    const answer = await ask();
    if (answer.ok || !isUnknown(answer.fault)) return answer;
  }
  return { ok: true, value: unresolvedGroup(id) };
}

async function askInternalGroup(api: DirectoryApi, roomid: string): Promise<Answer<GroupAnswer>> {
  const path = '/cgi-bin/msgaudit/groupchat/get';
  const answer = await api.call({ method: 'POST', path, body: { roomid } });
  return readAnswer(answer, (fields) =>
    groupOf(roomid, {
      type: 'Internal',
      name: text(fields.roomname),
      ownerId: text(fields.creator),
      notice: text(fields.notice),
      createdAt: fields.room_create_time,
      members: rowsOf(fields.members)?.map((row) => ({
        id: text(row.memberid),
        kind: 'Staff',
        joinedAt: row.jointime,
      })),
    }),
  );
}

async function askCustomerGroup(api: DirectoryApi, id: string): Promise<Answer<GroupAnswer>> {
  const path = '/cgi-bin/externalcontact/groupchat/get';
  const answer = await api.call({ method: 'POST', path, body: { chat_id: id, need_name: 1 } });
  return readAnswer(answer, (fields) => {
    const chat = object(fields.group_chat);
    return groupOf(id, {
      type: 'Customer',
      name: text(chat.name),
      ownerId: text(chat.owner),
      notice: text(chat.notice),
      createdAt: chat.create_time,
      members: rowsOf(chat.member_list)?.map((row) => ({
        id: text(row.userid),
        kind: Number(row.type) === 2 ? 'External' : 'Staff',
        joinedAt: row.join_time,
      })),
    });
  });
}

interface HeardGroup {
  readonly type: GroupType;
  readonly name: string;
  readonly ownerId: string;
  readonly notice: string;
  readonly createdAt: unknown;
  readonly members: readonly HeardMember[] | undefined;
}
interface HeardMember {
  readonly id: string;
  readonly kind: 'Staff' | 'External';
  readonly joinedAt: unknown;
}

function groupOf(id: string, of: HeardGroup): GroupAnswer {
  const { type, name, ownerId, notice } = of;
  return {
    group: {
      kind: 'Group',
      id,
      deleted: false,
      name,
      ownerId,
      // With the roomid: the same announcement in two groups must not be seen to be the same.
      noticeDigest: notice === '' ? '' : contentDigest(`${id}\n${notice}`),
      createdAtMs: secondsToMs(of.createdAt),
      type,
      resolved: type !== 'Unknown',
    },
    members: of.members?.map((member) => ({
      kind: 'GroupMember',
      id: `${id}:${member.id}`,
      deleted: false,
      groupId: id,
      memberId: member.id,
      memberKind: member.kind,
      joinedAtMs: secondsToMs(member.joinedAt),
    })),
  };
}

const unresolvedGroup = (id: string): GroupAnswer =>
  groupOf(id, {
    type: 'Unknown',
    name: '',
    ownerId: '',
    notice: '',
    createdAt: 0,
    members: undefined,
  });
