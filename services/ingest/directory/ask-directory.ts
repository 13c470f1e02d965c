// What WeCom's interfaces say about people, groups and consent, read into facts. Each function is one question (WeCom developer pages
// p/91614, p/91782, p/92951 and those of contacts and customer contact). Fields of answers are outside: read with care, missing is normal.

import type { SourceFault } from '../wecom/classify-errcode.ts';
import type { ApiOutcome, ServerApi } from '../wecom/server-api.ts';
import type { FactOf, NewFact } from './directory.ts';

type Fields = Readonly<Record<string, unknown>>;
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SourceFault };

export async function askDepartments(api: ServerApi): Promise<Answer<NewFact[]>> {
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
export async function askMembers(api: ServerApi): Promise<Answer<Map<string, string[]>>> {
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
export async function askUser(api: ServerApi, userid: string): Promise<Answer<NewFact | undefined>> {
  const answer = await api.call({ method: 'GET', path: '/cgi-bin/user/get', query: { userid } });
  return known(answer, (fields) => ({
    kind: 'User',
    id: userid,
    deleted: false,
    name: text(fields.name),
    departmentIds: items(fields.department).map(text).sort(),
  }));
}

export async function askExternalContact(api: ServerApi, id: string): Promise<Answer<NewFact | undefined>> {
  const pages: Fields[] = [];
  for (let cursor = ''; ; ) {
    const query = { external_userid: id, ...(cursor === '' ? {} : { cursor }) };
    const answer = await api.call({ method: 'GET', path: '/cgi-bin/externalcontact/get', query });
    if (!answer.ok) return notFound(answer.fault) ? { ok: true, value: undefined } : answer;
    pages.push(answer.fields);
    const next = text(answer.fields.next_cursor);
    if (next === '' || next === cursor) break;
    cursor = next;
  }
  const contact = object(pages[0]?.external_contact);
  const followedBy = pages.flatMap((page) => list(page.follow_user).map((row) => text(row.userid))).sort();
  const platform = contact.type === 1 ? 'WeChat' : contact.type === 2 ? 'WeCom' : 'Unknown';
  const corpName = text(contact.corp_full_name) || text(contact.corp_name);
  const name = text(contact.name);
  return {
    ok: true,
    value: { kind: 'ExternalContact', id, deleted: false, name, corpName, platform, followedBy },
  };
}

/**
 * A group by roomid: internal ones are known to the archive interface, customer groups to the customer-contact interface, and some groups
 * that began on the WeChat side to neither; those are told as not resolved.
 */
export async function askGroup(
  apis: { archive: ServerApi; directory: ServerApi | undefined },
  id: string,
): Promise<Answer<FactWithoutVersion<'Group'>>> {
  const internal = await apis.archive.call({
    method: 'POST',
    path: '/cgi-bin/msgaudit/groupchat/get',
    body: { roomid: id },
  });
  if (internal.ok) return { ok: true, value: internalGroup(id, internal.fields) };
  if (!notFound(internal.fault)) return internal;
  if (apis.directory === undefined) return { ok: true, value: unresolvedGroup(id) };
  const customer = await apis.directory.call({
    method: 'POST',
    path: '/cgi-bin/externalcontact/groupchat/get',
    body: { chat_id: id, need_name: 1 },
  });
  if (customer.ok) return { ok: true, value: customerGroup(id, object(customer.fields.group_chat)) };
  return notFound(customer.fault) ? { ok: true, value: unresolvedGroup(id) } : customer;
}

type FactWithoutVersion<K extends FactOf<'Group'>['kind']> = Omit<FactOf<K>, 'version'>;

function internalGroup(id: string, fields: Fields): FactWithoutVersion<'Group'> {
  const members = list(fields.members).map((row) => ({ id: text(row.memberid), kind: 'Staff' as const }));
  return groupOf(id, { name: text(fields.roomname), ownerId: text(fields.creator), members });
}

function customerGroup(id: string, fields: Fields): FactWithoutVersion<'Group'> {
  const members = list(fields.member_list).map((row) => ({
    id: text(row.userid),
    kind: Number(row.type) === 2 ? ('External' as const) : ('Staff' as const),
  }));
  return groupOf(id, { name: text(fields.name), ownerId: text(fields.owner), members });
}

const groupOf = (
  id: string,
  of: Pick<FactOf<'Group'>, 'name' | 'ownerId' | 'members'>,
): FactWithoutVersion<'Group'> => ({
  kind: 'Group',
  id,
  deleted: false,
  ...of,
  members: [...of.members].sort((a, b) => (a.id < b.id ? -1 : 1)),
  resolved: true,
});
const unresolvedGroup = (id: string): FactWithoutVersion<'Group'> => ({
  ...groupOf(id, { name: '', ownerId: '', members: [] }),
  resolved: false,
});

/** Ids of every customer group. */
export async function askCustomerGroups(api: ServerApi): Promise<Answer<string[]>> {
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

/** Members whose messages are archived. */
export async function askPermits(api: ServerApi): Promise<Answer<string[]>> {
  const answer = await api.call({ method: 'POST', path: '/cgi-bin/msgaudit/get_permit_user_list', body: {} });
  return then(answer, (fields) => items(fields.ids).map(text));
}

export interface ConsentPair {
  readonly userid: string;
  readonly externalId: string;
}

/** At most this many pairs in one question. */
export const CONSENT_PAIRS = 100;

export async function askSingleConsents(
  api: ServerApi,
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

export async function askRoomConsents(api: ServerApi, roomid: string): Promise<Answer<NewFact[]>> {
  const body = { roomid };
  const answer = await api.call({ method: 'POST', path: '/cgi-bin/msgaudit/check_room_agree', body });
  return then(answer, (fields) => list(fields.agreeinfo).map((row) => consentFact(roomid, row)));
}

function consentFact(place: string, row: Fields): NewFact {
  const externalId = text(row.exteranalopenid);
  // `Default_Agree` is not documented but was seen.
  const state = STATES[text(row.agree_status)] ?? 'Unknown';
  const changedAtMs = Math.max(0, Number(row.status_change_time) || 0) * 1000;
  return { kind: 'Consent', id: `${place}:${externalId}`, deleted: false, externalId, state, changedAtMs };
}

const STATES: Readonly<Record<string, 'Agreed' | 'Disagreed'>> = {
  Agree: 'Agreed',
  Default_Agree: 'Agreed',
  Disagree: 'Disagreed',
};

async function allPages(api: ServerApi, path: string, body: Fields): Promise<Answer<Fields[]>> {
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
  return notFound(answer.fault) ? { ok: true, value: undefined } : answer;
}

/** An errcode that is not about us (token, quota, rights, WeCom being busy) is about the id: WeCom does not know it. */
const notFound = (fault: SourceFault): boolean => fault.reason === 'UnknownErrcode';

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const list = (value: unknown): Fields[] => items(value).map(object);
const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
