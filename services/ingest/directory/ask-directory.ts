// What WeCom's interfaces say about people, groups and consent, read into facts. Each function is one question (WeCom developer pages
// p/91614, p/91782, p/92951 and those of contacts and customer contact). Fields of answers are outside: read with care, missing is normal.

import { contentDigest } from '@menshen/contracts/digest';
import type { Edition, Follower } from '@menshen/contracts/directory-facts';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import type { ApiOutcome, ServerApi } from '../wecom/server-api.ts';
import type { FactOf, NewFact } from './directory.ts';

/** The server interfaces of one app secret, as far as they are needed here. */
export type DirectoryApi = Pick<ServerApi, 'call'>;
type Fields = Readonly<Record<string, unknown>>;
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SourceFault };

export async function askDepartments(api: DirectoryApi): Promise<Answer<NewFact[]>> {
  const answer = await api.call({ method: 'GET', path: '/cgi-bin/department/list' });
  return then(answer, (fields) => {
    const rows = list(fields.department).map((row) => ({
      id: text(row.id),
      name: text(row.name),
      parentId: text(row.parentid),
    }));
    const byId = new Map(rows.map((row) => [row.id, row]));
    const pathOf = (id: string, below: ReadonlySet<string>): string => {
      const row = byId.get(id);
      if (row === undefined || below.has(id)) return '';
      const parent = pathOf(row.parentId, new Set([...below, id]));
      return parent === '' ? row.name : `${parent}/${row.name}`;
    };
    return rows.map((row) => ({
      kind: 'Department',
      deleted: false,
      ...row,
      path: pathOf(row.id, new Set()),
    }));
  });
}

/** Every member with the ids of their departments, sorted. Names come from {@link askUser}. */
export async function askMembers(api: DirectoryApi): Promise<Answer<Map<string, string[]>>> {
  const members = new Map<string, string[]>();
  const pages = await allPages(api, '/cgi-bin/user/list_id', { limit: 10_000 });
  if (!pages.ok) return pages;
  for (const row of pages.value.flatMap((page) => list(page.dept_user))) {
    const departments = members.get(text(row.userid)) ?? [];
    members.set(text(row.userid), [...departments, text(row.department)].sort());
  }
  return { ok: true, value: members };
}

/** `undefined` when WeCom does not know the member. */
export async function askUser(api: DirectoryApi, userid: string): Promise<Answer<NewFact | undefined>> {
  const answer = await api.call({ method: 'GET', path: '/cgi-bin/user/get', query: { userid } });
  return known(answer, (fields) => ({
    kind: 'User',
    id: userid,
    deleted: false,
    name: text(fields.name),
    departmentIds: items(fields.department).map(text).sort(),
  }));
}

/** `undefined` when nobody of the corporation has this contact. */
export async function askExternalContact(
  api: DirectoryApi,
  id: string,
): Promise<Answer<FactAsHeard<'ExternalContact'> | undefined>> {
  const pages: Fields[] = [];
  for (let cursor = ''; ; ) {
    const query = { external_userid: id, ...(cursor === '' ? {} : { cursor }) };
    const answer = await api.call({ method: 'GET', path: '/cgi-bin/externalcontact/get', query });
    if (!answer.ok) return isUnknown(answer.fault) ? { ok: true, value: undefined } : answer;
    pages.push(answer.fields);
    const next = text(answer.fields.next_cursor);
    if (next === '' || next === cursor) break;
    cursor = next;
  }
  const contact = object(pages[0]?.external_contact);
  const followedBy = pages.flatMap((page) => list(page.follow_user).map(follower));
  const platform = contact.type === 1 ? 'WeChat' : contact.type === 2 ? 'WeCom' : 'Unknown';
  const corpName = text(contact.corp_full_name) || text(contact.corp_name);
  return {
    ok: true,
    value: {
      kind: 'ExternalContact',
      id,
      deleted: false,
      name: text(contact.name),
      corpName,
      platform,
      followedBy: followedBy.sort((a, b) => (a.userId < b.userId ? -1 : 1)),
    },
  };
}

const follower = (row: Fields): Follower => ({
  userId: text(row.userid),
  remark: text(row.remark),
  sinceMs: secondsToMs(row.createtime),
});

type FactAsHeard<K extends NewFact['kind']> = Extract<NewFact, { kind: K }>;

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
  return then(answer, (fields) =>
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
  return then(answer, (fields) => {
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

/** `undefined` when WeCom does not know the robot. */
export async function askRobot(api: DirectoryApi, id: string): Promise<Answer<NewFact | undefined>> {
  const path = '/cgi-bin/msgaudit/get_robot_info';
  const answer = await api.call({ method: 'GET', path, query: { robot_id: id } });
  return known(answer, (fields) => {
    const data = object(fields.data);
    const [name, creatorId] = [text(data.name), text(data.creator_userid)];
    return { kind: 'Robot', id, deleted: false, name, creatorId };
  });
}

/** Ids of every customer group. */
export async function askCustomerGroups(api: DirectoryApi): Promise<Answer<string[]>> {
  const pages = await allPages(api, '/cgi-bin/externalcontact/groupchat/list', {
    status_filter: 0,
    limit: 1000,
  });
  if (!pages.ok) return pages;
  return {
    ok: true,
    value: pages.value.flatMap((page) => list(page.group_chat_list).map((row) => text(row.chat_id))),
  };
}

const EDITIONS: readonly Edition[] = [1, 2, 3];

/** Members whose messages are archived, with their editions. Four calls: WeCom names the edition only when it is asked for it. */
export async function askPermits(api: DirectoryApi): Promise<Answer<Map<string, Edition[]>>> {
  const all = await askPermitted(api, {});
  if (!all.ok) return all;
  const permits = new Map<string, Edition[]>(all.value.map((id) => [id, []]));
  for (const edition of EDITIONS) {
    const some = await askPermitted(api, { type: edition });
    // An edition that the corporation never bought may be an errcode instead of an empty list.
    if (!some.ok && !isUnknown(some.fault)) return some;
    for (const id of some.ok ? some.value : []) permits.get(id)?.push(edition);
  }
  return { ok: true, value: permits };
}

async function askPermitted(api: DirectoryApi, body: { type?: Edition }): Promise<Answer<string[]>> {
  const answer = await api.call({ method: 'POST', path: '/cgi-bin/msgaudit/get_permit_user_list', body });
  return then(answer, (fields) => items(fields.ids).map(text));
}

export interface ConsentPair {
  readonly userid: string;
  readonly externalId: string;
}

/** At most this many pairs in one question. */
export const CONSENT_PAIRS = 100;

export async function askSingleConsents(
  api: DirectoryApi,
  pairs: readonly ConsentPair[],
): Promise<Answer<NewFact[]>> {
  // The misspelling is WeCom's.
  const info = pairs.map(({ userid, externalId }) => ({ userid, exteranalopenid: externalId }));
  const answer = await api.call({
    method: 'POST',
    path: '/cgi-bin/msgaudit/check_single_agree',
    body: { info },
  });
  return then(answer, (fields) => list(fields.agreeinfo).map((row) => consentFact(text(row.userid), row)));
}

export async function askRoomConsents(api: DirectoryApi, roomid: string): Promise<Answer<NewFact[]>> {
  const body = { roomid };
  const answer = await api.call({ method: 'POST', path: '/cgi-bin/msgaudit/check_room_agree', body });
  return then(answer, (fields) => list(fields.agreeinfo).map((row) => consentFact(roomid, row)));
}

function consentFact(place: string, row: Fields): NewFact {
  const externalId = text(row.exteranalopenid);
  // `Default_Agree` is not documented but was seen.
  const state = STATES[text(row.agree_status)] ?? 'Unknown';
  const changedAtMs = secondsToMs(row.status_change_time);
  return { kind: 'Consent', id: `${place}:${externalId}`, deleted: false, externalId, state, changedAtMs };
}

const STATES: Readonly<Record<string, 'Agreed' | 'Disagreed'>> = {
  Agree: 'Agreed',
  Default_Agree: 'Agreed',
  Disagree: 'Disagreed',
};

async function allPages(api: DirectoryApi, path: string, body: Fields): Promise<Answer<Fields[]>> {
  const pages: Fields[] = [];
  for (let cursor = ''; ; ) {
    const answer = await api.call({ method: 'POST', path, body: { ...body, cursor } });
    if (!answer.ok) return answer;
    pages.push(answer.fields);
    const next = text(answer.fields.next_cursor);
    if (next === '' || next === cursor) return { ok: true, value: pages };
    cursor = next;
  }
}

function then<T>(answer: ApiOutcome, read: (fields: Fields) => T): Answer<T> {
  return answer.ok ? { ok: true, value: read(answer.fields) } : answer;
}

function known(answer: ApiOutcome, read: (fields: Fields) => NewFact): Answer<NewFact | undefined> {
  if (answer.ok) return { ok: true, value: read(answer.fields) };
  return isUnknown(answer.fault) ? { ok: true, value: undefined } : answer;
}

/** An errcode that is not about us (token, quota, rights, WeCom being busy) is about the id: WeCom does not know it. */
const isUnknown = (fault: SourceFault): boolean => fault.reason === 'UnknownErrcode';

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const list = (value: unknown): Fields[] => items(value).map(object);
/** `undefined` when the answer has no list, which is not the same as an empty one. */
const rowsOf = (value: unknown): Fields[] | undefined => (Array.isArray(value) ? list(value) : undefined);
const secondsToMs = (value: unknown): number => Math.max(0, Number(value) || 0) * 1000;
const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
