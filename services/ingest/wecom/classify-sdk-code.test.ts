import { describe, expect, it } from 'vitest';
import type { RelayFaultReason, RelayReport } from '../relay/relayed-answer.ts';
import { unreachable } from './classify-errcode.ts';
import { classifySdkCode, explainByRelay, type SdkFunction } from './classify-sdk-code.ts';

describe('classifySdkCode', () => {
  it.each<[code: number, of: SdkFunction, action: string, reason: string]>([
    [10000, 'Init', 'FixConfig', 'RejectedByWeCom'],
    [10005, 'Init', 'Retry', 'BadAnswer'],
    [10010, 'Init', 'Retry', 'BadAnswer'],
    [10000, 'GetChatData', 'FixConfig', 'SdkUnusable'],
    [10000, 'GetMediaData', 'GiveUpItem', 'BadFileId'],
    [10001, 'GetChatData', 'Retry', 'WeComUnreachable'],
    [10001, 'GetMediaData', 'Retry', 'WeComUnreachable'],
    [10002, 'GetMediaData', 'Retry', 'BadAnswer'],
    [10003, 'GetMediaData', 'Retry', 'BadAnswer'],
    [10004, 'GetMediaData', 'Retry', 'BadAnswer'],
    [10005, 'GetMediaData', 'GiveUpItem', 'BadFileId'],
    [10006, 'GetMediaData', 'Retry', 'BadAnswer'],
    [10007, 'GetMediaData', 'Retry', 'BadAnswer'],
    [10008, 'GetMediaData', 'Retry', 'BadAnswer'],
    [10009, 'GetMediaData', 'CallOperator', 'IpNotAllowed'],
    [10010, 'GetMediaData', 'GiveUpItem', 'Expired'],
    [10011, 'GetChatData', 'CallOperator', 'NotVerified'],
    [-1, 'GetChatData', 'Retry', 'BadAnswer'],
    [1, 'GetChatData', 'Retry', 'BadAnswer'],
  ])('%i of %s: %s, %s', (code, of, action, reason) =>
    expect(classifySdkCode(code, of)).toMatchObject({ action, reason }),
  );
});

describe('explainByRelay', () => {
  const fault = unreachable('as the SDK says it');
  const report = (call: string, of: { errcode?: number; reason?: RelayFaultReason }): RelayReport =>
    ({
      kind: 'Answer',
      call,
      errcode: of.errcode,
      fault: of.reason === undefined ? undefined : { reason: of.reason, detail: 'seen by the relay' },
    }) as RelayReport;

  it.each<[string, RelayReport[], action: string, reason: string]>([
    ['nothing was seen', [], 'Retry', 'WeComUnreachable'],
    ['all was well', [report('getchatdata', { errcode: 0 })], 'Retry', 'WeComUnreachable'],
    [
      'the SDK hid an errcode behind 10002',
      [report('gettoken', { errcode: 0 }), report('getchatmediadata', { errcode: 301052 })],
      'CallOperator',
      'PermitMissing',
    ],
    [
      'gettoken failed, so the SDK called without a token',
      [report('gettoken', { errcode: 40001 }), report('getchatdata', { reason: 'NoToken' })],
      'FixConfig',
      'RejectedByWeCom',
    ],
    [
      'whoever answered is not WeCom',
      [report('gettoken', { reason: 'NotVerified' })],
      'CallOperator',
      'NotVerified',
    ],
    ['the proxy refused', [report('gettoken', { reason: 'ProxyRefused' })], 'Retry', 'WeComUnreachable'],
    ['it took too long', [report('getchatdata', { reason: 'Timeout' })], 'Retry', 'WeComUnreachable'],
    ['a gateway answered', [report('getchatdata', { reason: 'BadStatus' })], 'Retry', 'BadAnswer'],
    ['the range did not fit', [report('getchatmediadata', { reason: 'BadRange' })], 'Retry', 'BadAnswer'],
    ['there was no token', [report('getchatdata', { reason: 'NoToken' })], 'RefreshToken', 'TokenExpired'],
  ])('when %s', (_what, told, action, reason) =>
    expect(explainByRelay(fault, told)).toMatchObject({ action, reason }),
  );
});
