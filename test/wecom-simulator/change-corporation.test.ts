// Changes of the corporation by its control endpoint, seen through the interfaces a client asks.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foundAcme } from './acme.ts';
import { SECRETS, startTestSimulator, type TestSimulator } from './simulator.testkit.ts';

const acme = foundAcme(1);
const [ann, bob] = acme.staff.map(({ userid }) => userid);
const internal = acme.groups.find(({ kind }) => kind === 'Internal');
const room = acme.groups.find(({ kind }) => kind === 'Customer');
const customer = acme.customers.find(({ externalUserid }) => room?.members.includes(externalUserid));
const stranger = acme.customers.find(({ externalUserid }) => !room?.members.includes(externalUserid));
const seller = customer?.followedBy[0];
const external = customer?.externalUserid;

let wecom: TestSimulator;
beforeEach(async () => {
  wecom = await startTestSimulator();
});
afterEach(() => wecom.simulator.close());

const change = async (fields: object): Promise<{ status: number; text: string }> =>
  await wecom.control('POST', 'directory', JSON.stringify(fields));
const ask = async (path: string, body?: unknown): Promise<unknown> => {
  const secret = path.startsWith('msgaudit') ? SECRETS.archive : SECRETS.directory;
  const [name, query = ''] = path.split('?');
  const url = `/cgi-bin/${name}?access_token=${await wecom.token(secret)}&${query}`;
  return body === undefined ? await wecom.get(url) : await wecom.post(url, body);
};
const permitted = async (body: object): Promise<unknown> =>
  ((await ask('msgaudit/get_permit_user_list', body)) as { ids: unknown }).ids;
const internalGroup = () => ask('msgaudit/groupchat/get', { roomid: internal?.roomid });
const customerGroup = () => ask('externalcontact/groupchat/get', { chat_id: room?.roomid, need_name: 1 });

describe('a change is told by the interfaces from then on', () => {
  it.each([
    {
      change: { change: 'rename-user', userid: ann, name: '新名' },
      asked: () => ask(`user/get?userid=${ann}`),
      told: { name: '新名' },
    },
    {
      change: { change: 'move-user', userid: ann, departmentIds: [5, 7] },
      asked: () => ask(`user/get?userid=${ann}`),
      told: { department: [5, 7] },
    },
    {
      change: { change: 'remove-user', userid: ann },
      asked: () => ask(`user/get?userid=${ann}`),
      told: { errcode: 60111 },
    },
    {
      change: { change: 'move-department', id: 3, parentId: 5 },
      asked: () => ask('department/list'),
      told: { department: expect.arrayContaining([expect.objectContaining({ id: 3, parentid: 5 })]) },
    },
    {
      change: { change: 'rename-group', roomid: internal?.roomid, name: '新群' },
      asked: internalGroup,
      told: { roomname: '新群' },
    },
    {
      change: { change: 'set-notice', roomid: room?.roomid, notice: '公告' },
      asked: customerGroup,
      told: { group_chat: expect.objectContaining({ notice: '公告' }) },
    },
    {
      change: { change: 'change-owner', roomid: internal?.roomid, ownerId: internal?.members[1] },
      asked: internalGroup,
      told: { creator: internal?.members[1] },
    },
    {
      change: { change: 'add-member', roomid: room?.roomid, id: stranger?.externalUserid },
      asked: customerGroup,
      told: {
        group_chat: expect.objectContaining({
          member_list: expect.arrayContaining([
            expect.objectContaining({
              userid: stranger?.externalUserid,
              type: 2,
              join_time: 1_764_000_000,
            }),
          ]),
        }),
      },
    },
    {
      change: { change: 'dissolve-group', roomid: room?.roomid },
      asked: customerGroup,
      told: { errcode: 49008 },
    },
    {
      change: { change: 'set-remark', externalUserid: external, userid: seller, remark: '大客户' },
      asked: () => ask(`externalcontact/get?external_userid=${external}`),
      told: { follow_user: [expect.objectContaining({ userid: seller, remark: '大客户' })] },
    },
    {
      change: {
        change: 'set-consent',
        externalUserid: external,
        place: seller,
        status: 'Disagree',
        at: 1_763_999_000,
      },
      asked: () =>
        ask('msgaudit/check_single_agree', { info: [{ userid: seller, exteranalopenid: external }] }),
      told: {
        agreeinfo: [expect.objectContaining({ agree_status: 'Disagree', status_change_time: 1_763_999_000 })],
      },
    },
    {
      change: { change: 'rename-robot', id: acme.robots[0]?.id, name: '新机器人' },
      asked: () => ask(`msgaudit/get_robot_info?robot_id=${acme.robots[0]?.id}`),
      told: { data: expect.objectContaining({ name: '新机器人' }) },
    },
  ])('$change.change', async ({ change: fields, asked, told }) => {
    expect(await asked()).not.toMatchObject(told);
    expect((await change(fields)).status).toBe(200);
    expect(await asked()).toMatchObject(told);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it('take-permit and give-permit, by edition', async () => {
    expect(await permitted({ type: 3 })).toEqual(acme.permits);
    await change({ change: 'take-permit', userid: ann });
    expect(await permitted({})).not.toContain(ann);
    await change({ change: 'give-permit', userid: ann, edition: 1 });
    expect(await permitted({})).toContain(ann);
    expect(await permitted({ type: 1 })).toEqual([ann]);
    expect(await permitted({ type: 3 })).not.toContain(ann);
  });

  it('a member who leaves a group, and a member who leaves the company', async () => {
    const member = internal?.members[0];
    await change({ change: 'remove-member', roomid: internal?.roomid, id: member });
    expect(JSON.stringify(await internalGroup())).not.toContain(`"memberid":"${member}"`);
    const leaver = internal?.members[1];
    await change({ change: 'remove-user', userid: leaver });
    expect(JSON.stringify(await internalGroup())).not.toContain(`"memberid":"${leaver}"`);
    expect(await permitted({})).not.toContain(leaver);
  });
});

it('an edition that does not exist is asked for by a careless client only', async () => {
  expect(await ask('msgaudit/get_permit_user_list', { type: 4 })).toMatchObject({ errcode: 40058 });
  expect(wecom.simulator.protocolErrors()).toMatchObject([{ problem: 'type is missing or malformed' }]);
});

it.each([
  [{ change: 'burn-down' }, /no change is called burn-down/],
  [{ change: 'constructor' }, /no change is called constructor/],
  [{ change: 'rename-user', userid: 'nobody', name: 'x' }, /no member is nobody/],
  [{ change: 'rename-user', userid: ann }, /name must be a text/],
  [{ change: 'move-user', userid: ann, departmentIds: [99] }, /no department is 99/],
  [{ change: 'move-department', id: 3, parentId: 99 }, /no department is 99/],
  [{ change: 'rename-group', roomid: 'wrnone', name: 'x' }, /no group is wrnone/],
  [{ change: 'change-owner', roomid: room?.roomid, ownerId: 'nobody' }, /nobody is not in the group/],
  [{ change: 'add-member', roomid: room?.roomid, id: external }, /in the group already/],
  [{ change: 'add-member', roomid: room?.roomid, id: 'wmnone' }, /nobody is wmnone/],
  [{ change: 'remove-member', roomid: room?.roomid, id: 'wmnone' }, /not in the group/],
  [
    { change: 'set-remark', externalUserid: external, userid: 'nobody', remark: '' },
    /does not have this customer/,
  ],
  [{ change: 'set-consent', externalUserid: external, place: ann, status: 'Maybe' }, /status must be one of/],
  [{ change: 'set-consent', externalUserid: external, place: ann, status: 'Agree', at: -1 }, /whole seconds/],
  [{ change: 'give-permit', userid: bob, edition: 4 }, /edition must be one of/],
  [{ change: 'rename-robot', id: 'wbnone', name: 'x' }, /no robot is wbnone/],
])('%j is refused', async (fields, reason) => {
  const answer = await change(fields);
  expect(answer.status).toBe(400);
  expect(answer.text).toMatch(reason);
});
