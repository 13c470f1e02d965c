import { describe, expect, it } from 'vitest';
import { classifyErrcode } from './classify-errcode.ts';

describe('classifyErrcode', () => {
  it.each([
    [-1, 'Retry', 'WeComBusy'],
    [40001, 'FixConfig', 'RejectedByWeCom'],
    [40013, 'FixConfig', 'RejectedByWeCom'],
    [40091, 'FixConfig', 'RejectedByWeCom'],
    [40014, 'RefreshToken', 'TokenExpired'],
    [42001, 'RefreshToken', 'TokenExpired'],
    [41001, 'RefreshToken', 'TokenExpired'],
    [45009, 'Wait', 'QuotaExhausted'],
    [45033, 'Wait', 'QuotaExhausted'],
    [48002, 'FixConfig', 'RejectedByWeCom'],
    [60020, 'FixConfig', 'IpNotAllowed'],
    [301042, 'CallOperator', 'IpNotAllowed'],
    [301048, 'GiveUpItem', 'Expired'],
    [301052, 'CallOperator', 'PermitMissing'],
    [301053, 'CallOperator', 'PermitMissing'],
    [99999, 'Retry', 'UnknownErrcode'],
  ])('takes %i for %s, %s', (errcode, action, reason) => {
    const fault = classifyErrcode(errcode);
    expect(fault).toMatchObject({ action, reason, errcode });
    expect(fault.detail).toContain(String(errcode));
  });
});
