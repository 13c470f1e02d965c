import { describe, expect, test } from 'vitest';
import { checkTenant } from './check-tenant.ts';
import { parseDurationMs } from './parse-duration.ts';
import { parseQuantityBytes } from './parse-quantity.ts';
import { tenantExample } from './tenants.testkit.ts';

describe('a tenant the CRD accepts', () => {
  test('is fine when zone and sizes are', () => {
    expect(checkTenant(tenantExample('minimal'))).toEqual([]);
    expect(checkTenant(tenantExample('scaled'))).toEqual([]);
  });

  test('is refused for a time zone that does not exist', () => {
    const tenant = tenantExample('minimal', (spec) => (spec.timeZone = 'Asia/Shangai'));
    expect(checkTenant(tenant)).toMatchObject([{ path: ['spec', 'timeZone'], remedy: /Asia\/Shanghai/ }]);
  });

  test('is refused for asking for more memory than it may use', () => {
    const tenant = tenantExample('minimal', (spec) => {
      spec.deployment = { resources: { memoryRequest: '2Gi', memoryLimit: '1Gi' } };
    });
    expect(checkTenant(tenant)).toMatchObject([{ remedy: 'raise memoryLimit or lower memoryRequest' }]);
  });

  test.each(['1', '32Mi'])('is refused for a stream of %s', (size) => {
    const tenant = tenantExample('minimal', (spec) => (spec.messaging.maxStreamBytes = size));
    expect(checkTenant(tenant)).toMatchObject([{ path: ['spec', 'messaging', 'maxStreamBytes'] }]);
  });
});

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['2s', 2000],
    ['1h30m', 5_400_000],
    ['1m1s1ms', 61_001],
  ])('%s is %d ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  test.each(['', '5', '1d', '-1s', '1.5s', 's'])('%j is none', (text) => {
    expect(() => parseDurationMs(text)).toThrow(/not a duration/);
  });
});

describe('sizes', () => {
  test.each([
    ['1', 1],
    ['64Ki', 65_536],
    ['16Mi', 16_777_216],
    ['2Gi', 2_147_483_648],
    ['1Ti', 1_099_511_627_776],
  ])('%s is %d bytes', (text, bytes) => expect(parseQuantityBytes(text)).toBe(bytes));

  test.each(['', '0', '1G', '1.5Gi', '-1', '9007199254740993', '99999999Ti'])('%j is none', (text) => {
    expect(() => parseQuantityBytes(text)).toThrow(/not a size/);
  });
});
