// What WeCom's interfaces say about people and consent, read into facts. Each function is one question (WeCom developer pages
// p/91614, p/91782 and those of contacts and customer contact). Fields of answers are outside: read with care, missing is normal.

import type { Edition, Follower } from '@menshen/contracts/directory-facts';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import type { ApiOutcome, ServerApi } from '../wecom/server-api.ts';
import type { NewFact } from './directory.ts';

/** The server interfaces of one app secret, as far as they are needed here. */
export type DirectoryApi = Pick<ServerApi, 'call'>;
export type Fields = Readonly<Record<string, unknown>>;
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SourceFault };

export async function askDepartments(api: DirectoryApi): Promise<Answer<NewFact[]>> {
  const answer = await api.call({ method: 'GET', path: '/cgi-bin/department/list' });
  return readAnswer(answer, (fields) => {
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

export type FactAsHeard<K extends NewFact['kind']> = Extract<NewFact, { kind: K }>;

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
  return readAnswer(answer, (fields) => items(fields.ids).map(text));
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
  return readAnswer(answer, (fields) =>
    list(fields.agreeinfo).map((row) => consentFact(text(row.userid), row)),
  );
}

export async function askRoomConsents(api: DirectoryApi, roomid: string): Promise<Answer<NewFact[]>> {
  const body = { roomid };
  const answer = await api.call({ method: 'POST', path: '/cgi-bin/msgaudit/check_room_agree', body });
  return readAnswer(answer, (fields) => list(fields.agreeinfo).map((row) => consentFact(roomid, row)));
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

export function readAnswer<T>(answer: ApiOutcome, read: (fields: Fields) => T): Answer<T> {
  return answer.ok ? { ok: true, value: read(answer.fields) } : answer;
}

function known(answer: ApiOutcome, read: (fields: Fields) => NewFact): Answer<NewFact | undefined> {
  if (answer.ok) return { ok: true, value: read(answer.fields) };
  return isUnknown(answer.fault) ? { ok: true, value: undefined } : answer;
}

/** An errcode that is not about us (token, quota, rights, WeCom being busy) is about the id: WeCom does not know it. */
export const isUnknown = (fault: SourceFault): boolean => fault.reason === 'UnknownErrcode';

export const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const list = (value: unknown): Fields[] => items(value).map(object);
/** `undefined` when the answer has no list, which is not the same as an empty one. */
export const rowsOf = (value: unknown): Fields[] | undefined =>
  Array.isArray(value) ? list(value) : undefined;
export const secondsToMs = (value: unknown): number => Math.max(0, Number(value) || 0) * 1000;
export const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
