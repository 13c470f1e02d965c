// The relay from end to end: an SDK that verifies nothing, the relay, the simulator behind WeCom's name.

import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  callAsSdk,
  openTestRelay,
  postRequest,
  split,
  startTlsSimulator,
  type TestRelay,
  type TlsSimulator,
  tokenRequest,
} from './relay.testkit.ts';

let wecom: TlsSimulator;
let test: TestRelay;
beforeEach(async () => {
  wecom = await startTlsSimulator();
  test = await openTestRelay({ upstream: wecom.upstream });
});
afterEach(async () => {
  await test.relay.close();
  await wecom.simulator.close();
});

const call = (request: string, caller = 'pull') =>
  callAsSdk({ relay: test.relay, credential: test.relay.credentialFor(caller), request });
const token = async (): Promise<string> => {
  const { json } = split((await call(tokenRequest(CORP_ID, SECRETS.archive))).bytes);
  return String(json['access_token']);
};
const pull = async (seq: number): Promise<string> =>
  postRequest(`getchatdata?access_token=${await token()}`, { seq, limit: 10, version: 1 });

describe('an SDK behind the relay', () => {
  it('is shown a certificate for WeCom and gets a token and a page as WeCom gave them', async () => {
    wecom.say(3);
    const { certificateName, bytes } = await call(await pull(0));
    expect(certificateName).toBe('DNS:qyapi.weixin.qq.com');
    const direct = await wecom.post(`/cgi-bin/message/getchatdata?access_token=${await wecom.token()}`, {
      seq: 0,
      limit: 10,
      version: 1,
    });
    expect(split(bytes).json).toEqual(direct);
    expect(test.reports).toMatchObject([
      { caller: 'pull', call: 'gettoken', sent: true, status: 200, errcode: 0 },
      { caller: 'pull', call: 'getchatdata', sent: true, status: 200, errcode: 0 },
    ]);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });
});
