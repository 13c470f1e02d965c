// Every fault as a client sees it, and that each is used up by the calls it was made for.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault, FaultKind } from './faults.ts';
import { exchange, startTestSimulator, type TestSimulator } from './simulator.testkit.ts';

let wecom: TestSimulator;
let token: string;
beforeEach(async () => {
  wecom = await startTestSimulator();
  wecom.say(4);
  token = await wecom.token();
});
afterEach(() => wecom.simulator.close());

const CHAT = '/cgi-bin/message/getchatdata';
const pull = async (): Promise<string> => {
  const body = JSON.stringify({ seq: 2, limit: 2, version: 1 });
  const answer = await exchange(
    wecom.simulator.url,
    `POST ${CHAT}?access_token=${token} HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return answer.toString('utf8');
};
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);
const seqsOf = (answer: string): number[] =>
  (JSON.parse(bodyOf(answer)) as { chatdata: { seq: number }[] }).chatdata.map(({ seq }) => seq);
const lengthOf = (answer: string): number => Number(/content-length: (\d+)/i.exec(answer)?.[1]);
const media = async (): Promise<string> => {
  const { sdkfileid } = wecom.simulator.shelf.put(1, Buffer.alloc(20));
  const [fileid, authkey] =
    Buffer.from(sdkfileid, 'base64')
      .toString('latin1')
      .match(/[\w-]{10,}/g) ?? [];
  const body = JSON.stringify({ fileid, authkey, version: 1 });
  const path = `/cgi-bin/message/getchatmediadata?access_token=${token}`;
  const head = `POST ${path} HTTP/1.0\r\nRange:bytes=0-524287\r\nContent-Length: ${body.length}`;
  return (await exchange(wecom.simulator.url, `${head}\r\n\r\n${body}`)).toString('utf8');
};

/** What the client gets while the fault lasts. */
const ON_A_PULL: Partial<Record<FaultKind, (answer: string) => void>> = {
  errcode: (answer) => expect(JSON.parse(bodyOf(answer))).toMatchObject({ errcode: 45009 }),
  'http-502': (answer) => expect(answer).toMatch(/^HTTP\/1\.[01] 502 .*<html>/s),
  truncated(answer) {
    expect(bodyOf(answer).length).toBeGreaterThan(0);
    expect(bodyOf(answer).length).toBeLessThan(lengthOf(answer));
  },
  empty: (answer) => expect([lengthOf(answer), bodyOf(answer)]).toEqual([0, '']),
  'not-json': (answer) => expect(() => JSON.parse(bodyOf(answer))).toThrow(SyntaxError),
  cut: (answer) => expect(answer).toBe(''),
  'repeat-page': (answer) => expect(seqsOf(answer)).toEqual([1, 2]),
  slow: (answer) => expect(seqsOf(answer)).toEqual([3, 4]),
  errmsg(answer) {
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ errcode: 0, errmsg: 'as you say' });
    expect(seqsOf(answer)).toEqual([3, 4]);
  },
};

it.each(Object.entries(ON_A_PULL))('%s on a pull, once', async (kind, check) => {
  wecom.simulator.faults.inject({
    kind: kind as FaultKind,
    errcode: 45009,
    delayMs: 1,
    errmsg: 'as you say',
  });
  check(await pull());
  expect(seqsOf(await pull())).toEqual([3, 4]);
});

it('slow lets a later call overtake it', async () => {
  wecom.simulator.faults.inject({ kind: 'slow', delayMs: 2000 });
  const order: string[] = [];
  const slow = pull().then(() => order.push('slow'));
  while (wecom.simulator.served().pulls === 0) await new Promise((resolve) => setImmediate(resolve));
  await pull().then(() => order.push('next'));
  await slow;
  expect(order).toEqual(['next', 'slow']);
});

describe('faults of the range header', () => {
  it.each<[FaultKind, RegExp]>([
    ['wrong-range-header', /^Content-Range: bytes 0-31\/32$/m],
    ['no-range-header', /^((?!content-range).)*$/is],
  ])('%s, once, with the right content', async (kind, head) => {
    wecom.simulator.faults.inject({ kind, api: 'getchatmediadata' });
    const answer = await media();
    expect(answer.split('\r\n\r\n')[0]?.replaceAll('\r', '')).toMatch(head);
    expect(JSON.parse(bodyOf(answer))).toMatchObject({
      errcode: 0,
      content: expect.stringMatching(/^.{44}$/),
    });
    expect(await media()).toContain('CONTENT-RANGE: BYTES 0-31/32');
  });
});

describe('which calls a fault hits', () => {
  const errcodes = async (fault: Fault): Promise<number[]> => {
    wecom.simulator.faults.inject(fault);
    const tokens = `/cgi-bin/gettoken?corpid=wwtest&corpsecret=archive-secret`;
    const both = [];
    for (let i = 0; i < 3; i++) {
      both.push((JSON.parse(bodyOf(await pull())) as { errcode: number }).errcode);
      both.push((await wecom.get(tokens)).errcode);
    }
    return both;
  };

  it.each<[string, Fault, number[]]>([
    ['pulls by default, once', { kind: 'errcode', errcode: -1 }, [-1, 0, 0, 0, 0, 0]],
    ['as often as it says', { kind: 'errcode', errcode: -1, times: 2 }, [-1, 0, -1, 0, 0, 0]],
    ['the interface it names', { kind: 'errcode', errcode: 40001, api: 'gettoken' }, [0, 40001, 0, 0, 0, 0]],
  ])('%s', async (_name, fault, expected) => {
    expect(await errcodes(fault)).toEqual(expected);
  });

  it('none after clear', async () => {
    wecom.simulator.faults.inject({ kind: 'cut', times: 9 });
    wecom.simulator.faults.clear();
    expect(seqsOf(await pull())).toEqual([3, 4]);
  });

  it('a fault that does not exist is refused', () => {
    expect(() => wecom.simulator.faults.inject({ kind: 'fire' as FaultKind })).toThrow(
      'no fault is called fire',
    );
  });
});

it('errmsg waits for an answer that says ok', async () => {
  wecom.simulator.faults.inject({ kind: 'errmsg', errmsg: 'as you say' });
  wecom.simulator.changeCircumstances({ circumstance: 'licence', expired: true });
  expect(bodyOf(await pull())).toMatch(/"errcode":301052/);
  wecom.simulator.changeCircumstances({ circumstance: 'licence', expired: false });
  expect(bodyOf(await pull())).toMatch(/"errmsg":"as you say"/);
  expect(bodyOf(await pull())).toMatch(/"errmsg":"ok"/);
});
