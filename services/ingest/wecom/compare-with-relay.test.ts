// A library that lies: what is noticed, by what the relay had given it.
import { describe, expect, it } from 'vitest';
import type { RelayedAnswer, RelayReport } from '../relay/relayed-answer.ts';
import { findDisagreement, type SdkReturned } from './compare-with-relay.ts';

const PIECE = 524_288;
const given = (of: Partial<RelayedAnswer>): RelayedAnswer => ({
  kind: 'Answer',
  caller: 'call-1',
  call: 'getchatdata',
  sent: true,
  status: 200,
  errcode: 0,
  range: undefined,
  requestBytes: 10,
  answerBytes: 10,
  givenSha256: 'same',
  tookMs: 1,
  fault: undefined,
  ...of,
});
const returned = (of: Partial<SdkReturned>): SdkReturned => ({
  code: 0,
  isFinish: true,
  index: '',
  data: Buffer.from('{}'),
  sha256: () => 'same',
  sealedSha256: () => 'same',
  ...of,
});
const token = given({ call: 'gettoken', givenSha256: undefined });
const trouble = { reason: 'Unreachable' as const, detail: 'ECONNRESET' };

describe('a page', () => {
  const page = (of: Partial<SdkReturned>, ...told: RelayReport[]): string | undefined =>
    findDisagreement('GetChatData', returned(of), told, 'Verify');

  it.each<[string, Partial<SdkReturned>, RelayReport[]]>([
    ['as WeCom answered it', {}, [token, given({})]],
    ['with an errcode, as WeCom answered it', {}, [given({ errcode: 40014 })]],
    ['that the relay made because WeCom gave none', {}, [given({ fault: trouble, errcode: undefined })]],
    ['that is empty: the connection was closed', { data: Buffer.alloc(0) }, [token]],
    ['that came not, by the network', { code: 10001 }, []],
    ['that came not, although WeCom answered in time', { code: 10001 }, [given({})]],
    ['refused by a build that verifies', { code: 10011 }, []],
  ])('%s is believed', (_what, of, told) => {
    expect(page(of, ...told)).toBeUndefined();
  });

  it.each<[string, Partial<SdkReturned>, RelayReport[], RegExp]>([
    ['with other bytes', { sha256: () => 'other' }, [given({})], /another page/],
    ['out of nothing', {}, [], /nobody gave/],
    ['after a token alone', {}, [token], /nobody gave/],
    ['refused as a bad parameter after it was answered', { code: 10000 }, [given({})], /10000/],
    ['refused for a certificate after it was answered', { code: 10011 }, [given({})], /certificate/],
  ])('%s is a lie', (_what, of, told, says) => {
    expect(page(of, ...told)).toMatch(says);
  });
});

describe('a piece of a file', () => {
  const piece = (of: Partial<SdkReturned>, ...told: RelayReport[]): string | undefined =>
    findDisagreement('GetMediaData', returned(of), told, 'Verify');
  const media = (from: number, to: number, total: number): RelayedAnswer =>
    given({ call: 'getchatmediadata', range: { from, to, total } });
  const first = media(0, PIECE - 1, PIECE + 48);
  const last = media(PIECE, PIECE + 47, PIECE + 48);
  const whole = { isFinish: false, data: Buffer.alloc(PIECE), index: `Range:bytes=${PIECE}-${PIECE + 47}` };

  it.each<[string, Partial<SdkReturned>, RelayReport[]]>([
    ['in the middle', whole, [first]],
    ['at the end', { data: Buffer.alloc(32) }, [last]],
    ['at the end, one byte less', { data: Buffer.alloc(47) }, [last]],
    ['that is padding alone', { data: Buffer.alloc(0) }, [media(PIECE, PIECE + 15, PIECE + 16)]],
    ['that expired, as WeCom says', { code: 10010 }, [given({ call: 'getchatmediadata', errcode: 301048 })]],
    ['whose id is none, so that nobody was asked', { code: 10005 }, []],
    ['that does not decrypt', { code: 10006 }, [first]],
    ['whose key is not known', { ...whole, sealedSha256: () => undefined }, [first]],
  ])('%s is believed', (_what, of, told) => {
    expect(piece(of, ...told)).toBeUndefined();
  });

  it.each<[string, Partial<SdkReturned>, RelayReport[], RegExp]>([
    ['that ends too early', { ...whole, isFinish: true }, [first], /end of the file/],
    ['that does not end', { data: Buffer.alloc(32), isFinish: false }, [last], /end of the file/],
    ['that is shorter', { ...whole, data: Buffer.alloc(PIECE - 1) }, [first], /as long/],
    ['that is longer', { ...whole, data: Buffer.alloc(PIECE + 1) }, [first], /as long/],
    ['with its padding', { data: Buffer.alloc(48) }, [last], /as long/],
    ['that goes on elsewhere', { ...whole, index: 'Range:bytes=0-524287' }, [first], /goes on/],
    ['of other bytes', { ...whole, sealedSha256: () => 'other' }, [first], /other bytes/],
    ['out of nothing', {}, [token], /nobody gave/],
    ['after an errcode', {}, [given({ call: 'getchatmediadata', errcode: 301048 })], /nobody gave/],
    ['after trouble', {}, [given({ call: 'getchatmediadata', fault: trouble })], /nobody gave/],
    ['that expired, although it was served', { code: 10010 }, [first], /10010/],
    ['whose id is none, although it was served', { code: 10005 }, [first], /10005/],
    ['that our address may not have, although it was served', { code: 10009 }, [first], /10009/],
  ])('%s is a lie', (_what, of, told, says) => {
    expect(piece(of, ...told)).toMatch(says);
  });
});

it('nothing can be compared when the bytes go by unread', () => {
  expect(findDisagreement('GetChatData', returned({}), [], 'PassThrough')).toBeUndefined();
});
