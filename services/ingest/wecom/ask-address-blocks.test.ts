// What WeCom says of its addresses, as blocks a network can be told; and nothing that is none.
import { describe, expect, test } from 'vitest';
import { askAddressBlocks, findProxyBlocks } from './ask-address-blocks.ts';
import type { ApiOutcome } from './server-api.ts';

const answering = (outcome: ApiOutcome) => ({ call: async () => outcome });
const listing = (ip_list: unknown) => answering({ ok: true, fields: { ip_list } });

describe('WeCom is', () => {
  test.each<[string, unknown, readonly string[] | undefined]>([
    ['at addresses', ['182.254.11.176', '182.254.78.66'], ['182.254.11.176/32', '182.254.78.66/32']],
    ['in blocks', ['101.226.103.0/25'], ['101.226.103.0/25']],
    ['at addresses with an open end', ['101.91.40.*', '58.60.*.*'], ['101.91.40.0/24', '58.60.0.0/16']],
    ['at addresses of version 6', ['2402:4e00::1'], ['2402:4e00::1/128']],
    ['said once, however often it is named', ['1.2.3.4', '1.2.3.4/32'], ['1.2.3.4/32']],
    ['not everywhere', ['0.0.0.0/0', '1.2.3.4'], ['1.2.3.4/32']],
    ['not at what is no address', ['qyapi.weixin.qq.com', '1.2.3.999', '1.2.3.4/33', 7, '*.*'], undefined],
    ['nowhere, when the list is missing', undefined, undefined],
  ])('%s', async (_what, list, expected) => {
    expect(await askAddressBlocks(listing(list))).toEqual(expected);
  });

  test('unknown while it refuses', async () => {
    const fault = { action: 'Retry', reason: 'WeComBusy', errcode: -1, detail: '' } as const;
    expect(await askAddressBlocks(answering({ ok: false, fault }))).toBeUndefined();
  });
});

describe('a proxy is', () => {
  const resolve = async (): Promise<string[]> => ['10.0.0.8', '10.0.0.7'];
  test.each([
    ['http://user:secret@proxy.internal:3128', ['10.0.0.7/32', '10.0.0.8/32']],
    ['socks5://10.9.8.7:1080', ['10.9.8.7/32']],
    ['http://squid.egress.svc:3128', ['namespace:egress']],
    ['http://squid.egress.svc.cluster.local:3128', ['namespace:egress']],
    ['http://[fd00::7]:3128', ['fd00::7/128']],
  ])('%s', async (url, expected) => expect(await findProxyBlocks(url, resolve)).toEqual(expected));
});
