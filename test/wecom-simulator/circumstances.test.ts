// What keeps messages out of reach, as a client meets it, and the simulator's own list of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foundAcme } from './acme.ts';
import type { CoverageTruth } from './control-endpoints.ts';
import { SECRETS, startTestSimulator, type TestSimulator } from './simulator.testkit.ts';

const acme = foundAcme(1);
const IT = 7;
const SALES = 2;
const inDepartments = (...ids: number[]): string[] =>
  acme.staff
    .filter(({ departmentIds }) => departmentIds.some((id) => ids.includes(id)))
    .map(({ userid }) => userid);

let wecom: TestSimulator;
beforeEach(async () => {
  wecom = await startTestSimulator();
});
afterEach(() => wecom.simulator.close());

/** A second after what came before. */
const change = (fields: object) => {
  wecom.clock.now += 1000;
  return wecom.control('POST', 'circumstances', JSON.stringify(fields));
};
const truth = async (): Promise<CoverageTruth> =>
  JSON.parse((await wecom.control('GET', 'coverage')).text) as CoverageTruth;
const permits = async (): Promise<unknown> =>
  (await wecom.post(`/cgi-bin/msgaudit/get_permit_user_list?access_token=${await wecom.token()}`, {}))['ids'];
const listed = async (): Promise<string[]> => {
  const token = await wecom.token(SECRETS.directory);
  const page = await wecom.post(`/cgi-bin/user/list_id?access_token=${token}`, {});
  return (page['dept_user'] as { userid: string }[]).map(({ userid }) => userid);
};
const seqs = async (): Promise<number[]> => (await wecom.pull(0)).map(({ seq }) => seq);
const say = (from: string, to: string) =>
  wecom.control(
    'POST',
    'append',
    JSON.stringify({
      message: { action: 'send', from, tolist: [to], roomid: '', msgtype: 'text', text: { content: '你好' } },
    }),
  );

describe('a circumstance', () => {
  it('seats: those beyond the quota are not on the list, and their talk among themselves is never archived', async () => {
    const [first = '', second = ''] = acme.permits;
    const [last = '', beforeLast = ''] = [...acme.permits].reverse();
    await say(last, beforeLast);
    await change({ circumstance: 'seats', quota: 2 });
    expect(await permits()).toEqual([first, second]);
    await say(last, beforeLast);
    await say(last, first);
    await change({ circumstance: 'seats', quota: null });
    await say(last, beforeLast);
    expect(await permits()).toEqual(acme.permits);
    expect(await truth()).toMatchObject({ withheld: ['2'], seats: acme.permits });
    expect((await truth()).circumstances).toEqual([
      {
        circumstance: 'seats',
        quota: 2,
        members: acme.permits.slice(2),
        fromMs: wecom.clock.now - 1000,
        toMs: wecom.clock.now,
      },
    ]);
  });

  it('department: it and those below it are not told, while others are', async () => {
    await change({ circumstance: 'department', id: SALES, hidden: true });
    await change({ circumstance: 'department', id: IT, hidden: true });
    const hidden = inDepartments(SALES, 3, 4, IT);
    expect(await listed()).toEqual(
      acme.staff.map(({ userid }) => userid).filter((id) => !hidden.includes(id)),
    );
    expect(await permits()).toEqual(acme.permits);
    await change({ circumstance: 'department', id: SALES, hidden: false });
    expect((await listed()).length).toBe(acme.staff.length - inDepartments(IT).length);
    expect((await truth()).circumstances.map(({ department, members }) => [department, members])).toEqual([
      [SALES, inDepartments(3, 4)],
      [IT, inDepartments(IT)],
    ]);
  });

  it('licence: archive interfaces answer 301052, and what is said meanwhile is never archived', async () => {
    wecom.say(1);
    await change({ circumstance: 'licence', expired: true });
    wecom.say(1);
    await expect(seqs()).rejects.toThrow('301052');
    const refused = await wecom.post(
      `/cgi-bin/msgaudit/get_permit_user_list?access_token=${await wecom.token()}`,
      {},
    );
    expect(refused.errcode).toBe(301052);
    await change({ circumstance: 'licence', expired: false });
    wecom.say(1);
    expect(await seqs()).toEqual([1, 3]);
    expect((await truth()).withheld).toEqual(['2']);
  });

  it('media: every file of this moment is gone, later ones are not', async () => {
    const append = () =>
      wecom.control(
        'POST',
        'append',
        JSON.stringify({ message: { msgtype: 'file' }, media: [{ path: 'file', base64: 'QUJD' }] }),
      );
    const errcodeOfNewest = async (): Promise<number> => {
      const { file } = JSON.parse(wecom.simulator.truth().at(-1)?.plaintext ?? '{}') as {
        file: { sdkfileid: string };
      };
      const [fileid, authkey] =
        Buffer.from(file.sdkfileid, 'base64')
          .toString('latin1')
          .match(/[\w-]{10,}/g) ?? [];
      const path = `/cgi-bin/message/getchatmediadata?access_token=${await wecom.token()}`;
      const answer = await wecom.post(path, { fileid, authkey, version: 1 }, { Range: 'bytes=0-15' });
      return answer.errcode;
    };
    await append();
    expect(await errcodeOfNewest()).toBe(0);
    await change({ circumstance: 'media', expired: true });
    expect(await errcodeOfNewest()).toBe(301048);
    await append();
    expect(await errcodeOfNewest()).toBe(0);
    expect((await truth()).circumstances).toEqual([
      { circumstance: 'media', fromMs: wecom.clock.now, files: ['1/file'] },
    ]);
  });

  it('outage: nothing answers but the control endpoints', async () => {
    await change({ circumstance: 'outage', on: true });
    await change({ circumstance: 'outage', on: true });
    await expect(wecom.token()).rejects.toThrow();
    await change({ circumstance: 'outage', on: false });
    expect(await wecom.token()).not.toBe('');
    expect((await truth()).circumstances).toHaveLength(1);
  });

  it.each([
    [
      'a name nobody knows',
      { circumstance: 'flood' },
      /no circumstance is called flood; known: outage, licence/,
    ],
    ['a flag that is none', { circumstance: 'outage', on: 'yes' }, /outage: on must be true or false/],
    ['a field it does not have', { circumstance: 'outage', on: true, until: 5 }, /no field until; known: on/],
    ['a quota that is none', { circumstance: 'seats', quota: -1 }, /quota must be a whole number, or null/],
    [
      'a department that does not exist',
      { circumstance: 'department', id: 99, hidden: true },
      /no department is 99/,
    ],
    ['files that come back', { circumstance: 'media', expired: false }, /does not come back/],
  ])('refuses %s', async (_what, fields, problem) => {
    const answer = await change(fields);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(problem);
    expect((await truth()).circumstances).toEqual([]);
  });

  it('lists consents that are refused', async () => {
    const [consent] = acme.consents;
    const fields = {
      change: 'set-consent',
      place: consent?.place,
      externalUserid: consent?.externalUserid,
      status: 'Disagree',
    };
    await wecom.control('POST', 'directory', JSON.stringify(fields));
    expect((await truth()).refusals).toMatchObject([
      { externalUserid: consent?.externalUserid, status: 'Disagree' },
    ]);
  });
});
