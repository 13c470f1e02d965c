import { beforeEach, describe, expect, it } from 'vitest';
import { classifyErrcode } from '../wecom/classify-errcode.ts';
import type { ApiCall, ApiOutcome } from '../wecom/server-api.ts';
import type { DirectoryApi } from './ask-directory.ts';
import { Directory } from './directory.ts';
import { FactAges } from './fact-ages.ts';
import { syncDirectory } from './sync-directory.ts';

const clock = { nowMs: () => 1_764_000_000_000 };
/** path, with `?type=` for editions → fields of the answer, or an errcode. */
let answers: Map<string, Record<string, unknown> | number>;
let directory: Directory;
let listed: Map<string, string>;
beforeEach(() => {
  directory = new Directory(clock);
  listed = new Map();
  answers = new Map<string, Record<string, unknown> | number>([
    ['msgaudit/get_permit_user_list', { ids: ['ann', 'bob'] }],
    ['msgaudit/get_permit_user_list?type=1', { ids: [] }],
    ['msgaudit/get_permit_user_list?type=2', { ids: ['bob'] }],
    ['msgaudit/get_permit_user_list?type=3', { ids: ['ann', 'bob'] }],
    ['department/list', { department: [{ id: 1, name: 'Acme', parentid: 0 }] }],
    ['user/list_id', { dept_user: [row('ann', 1), row('bob', 1), row('bob', 2)] }],
    ['externalcontact/groupchat/list', { group_chat_list: [{ chat_id: 'wr1' }] }],
  ]);
});

const row = (userid: string, department: number) => ({ userid, department });
const api: DirectoryApi = {
  call(call: ApiCall): Promise<ApiOutcome> {
    const { type } = (call.body ?? {}) as { type?: number };
    const key = `${call.path.replace('/cgi-bin/', '')}${type === undefined ? '' : `?type=${type}`}`;
    const answer = answers.get(key) ?? -1;
    return Promise.resolve(
      typeof answer === 'number'
        ? { ok: false, fault: classifyErrcode(answer) }
        : { ok: true, fields: answer },
    );
  },
};
const look = (isBlind = false) =>
  syncDirectory({
    directory,
    archiveApi: api,
    directoryApi: isBlind ? undefined : api,
    ages: new FactAges(clock),
    listed,
  });

it('tells seats with their editions, departments, members, and gives the groups to ask about', async () => {
  expect(await look()).toEqual({ faults: [], customerGroups: ['wr1'] });
  expect(directory.get('Permit', 'bob')?.editions).toEqual([2, 3]);
  expect(directory.get('User', 'bob')?.departmentIds).toEqual(['1', '2']);
  expect(directory.get('Department', '1')?.path).toBe('Acme');
  const { version } = directory;
  await look();
  expect(directory.version).toBe(version);
});

describe('what a list no longer names', () => {
  it.each([
    { kind: 'Permit', id: 'ann', path: 'msgaudit/get_permit_user_list', answer: { ids: ['bob'] } },
    { kind: 'User', id: 'ann', path: 'user/list_id', answer: { dept_user: [row('bob', 1)] } },
    { kind: 'Department', id: '1', path: 'department/list', answer: { department: [] } },
  ] as const)('$kind is told as gone', async ({ kind, id, path, answer }) => {
    await look();
    answers.set(path, answer);
    await look();
    expect(directory.get(kind, id)).toBeUndefined();
    expect(directory.pending(1e6).at(-1)).toMatchObject({ kind, id, deleted: true });
  });

  it.each([
    ['msgaudit/get_permit_user_list', 'permits'],
    ['msgaudit/get_permit_user_list?type=3', 'permits'],
    ['user/list_id', 'members'],
    ['department/list', 'departments'],
    ['externalcontact/groupchat/list', 'customer-groups'],
  ])('is not gone when %s was not answered', async (path, question) => {
    await look();
    const { version } = directory;
    answers.set(path, 45009);
    expect((await look()).faults).toMatchObject([{ question, fault: { reason: 'QuotaExhausted' } }]);
    expect(directory.version).toBe(version);
  });
});

it('an edition that was never bought is an errcode, and no reason to know no seats', async () => {
  answers.set('msgaudit/get_permit_user_list?type=1', 99_999);
  expect((await look()).faults).toEqual([]);
  expect(directory.ids('Permit')).toEqual(['ann', 'bob']);
});

it('does not contradict the interface for one member with a list that has not changed', async () => {
  await look();
  const own = { kind: 'User', id: 'ann', deleted: false, name: 'Ann', departmentIds: ['1', '7'] } as const;
  directory.update([own]);
  const { version } = directory;
  await look();
  expect(directory.version).toBe(version);
  answers.set('user/list_id', { dept_user: [row('ann', 3), row('bob', 1), row('bob', 2)] });
  await look();
  expect(directory.get('User', 'ann')).toMatchObject({ name: 'Ann', departmentIds: ['3'] });
});

it('without the secret for contacts it still knows the seats', async () => {
  expect(await look(true)).toEqual({ faults: [], customerGroups: [] });
  expect(directory.ids('Permit')).toEqual(['ann', 'bob']);
  expect(directory.ids('User')).toEqual([]);
});
