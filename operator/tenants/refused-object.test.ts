// What the API server calls invalid is not told as being tried again: a person reads which object and which field.
import { describe, expect, test } from 'vitest';
import { ApiError } from '../kube/api-error.ts';
import type { Refusal } from '../kube/fake-api-server.testkit.ts';
import { TerminalError } from '../kube/judge-failure.ts';
import { describeRefusal } from './describe-refusal.ts';
import { openTenant } from './one-tenant.testkit.ts';

const A = { reason: 'FieldValueInvalid', message: 'Invalid value: "x"', field: 'spec.a' };
const B = { reason: 'FieldValueInvalid', message: 'Required value', field: 'spec.b' };
const invalid = (...causes: readonly (typeof A)[]): Refusal => ({
  code: 422,
  reason: 'Invalid',
  message: `Deployment.apps "acme-compact" is invalid: [${causes.map(({ field }) => field).join(', ')}]`,
  causes,
});

describe('what the API server refuses', () => {
  test('is told with object and fields, in the same order whatever order it names them in', () => {
    const of = (causes: readonly (typeof A)[]) =>
      describeRefusal(
        new ApiError('Invalid', 'apply Deployment n/a: Deployment.apps "a" is invalid: [many]', { causes }),
      );
    expect(of([A, B])).toEqual(of([B, A]));
    expect(of([B, A])?.message).toMatch(
      /^apply Deployment n\/a: Deployment\.apps "a" is invalid: spec\.a: Invalid value: "x"; spec\.b: Required value: /,
    );
  });

  test.each([
    [
      'BadRequest',
      new ApiError('BadRequest', 'apply Service n/a: .spec.x: field not declared in schema'),
      true,
    ],
    ['a terminal error', new TerminalError('no use'), true],
    ['Forbidden', new ApiError('Forbidden', 'no'), false],
    ['Conflict', new ApiError('Conflict', 'no'), false],
    ['anything else', new Error('no'), false],
  ])('%s', (_what, error, isStalled) => {
    const said = describeRefusal(error);
    expect(said !== undefined).toBe(isStalled);
    if (isStalled) expect(said?.message).toContain(error.message);
  });

  test('makes the tenant stalled until an edit mends it, and costs one write', async () => {
    const tenant = openTenant();
    tenant.createSecrets();
    await tenant.pass();
    let answer: Refusal | undefined = invalid(B, A);
    tenant.server.beforeAnswer = ({ method, path }) => {
      if (answer !== undefined && method === 'PATCH' && path.includes('/deployments/'))
        tenant.server.refuseNext(answer);
      return Promise.resolve();
    };
    expect(await tenant.pass()).toMatchObject({ kind: 'Invalid' });
    expect(tenant.says('Ready')).toBe('False/ObjectRefused');
    expect(tenant.says('Stalled')).toBe('True/ObjectRefused');
    expect(tenant.says('Reconciling')).toBe('False/UpToDate');
    // What else is known is said as ever.
    expect(tenant.says('CredentialsValid')).toBe('True/Verified');
    expect(tenant.says('IngestAvailable')).toBe('False/NotCreated');
    const message = tenant.read().status?.conditions?.find(({ type }) => type === 'Stalled')?.message;
    expect(message).toContain(
      'Deployment.apps "acme-compact" is invalid: spec.a: Invalid value: "x"; spec.b',
    );
    expect(tenant.read().status?.appliedGeneration).toBeUndefined();

    tenant.writes();
    answer = invalid(A, B);
    await tenant.pass();
    expect(tenant.writes().filter((write) => write.includes('wecomtenants'))).toEqual([]);

    answer = undefined;
    tenant.edit((spec) => {
      spec['timeZone'] = 'Asia/Tokyo';
    });
    expect(await tenant.pass()).toBeUndefined();
    await tenant.pass();
    expect(tenant.says('Stalled')).toBe('False/NotStalled');
    expect(tenant.says('Ready')).toBe('True/Running');
  });

  test('is not what an outage says', async () => {
    const tenant = openTenant();
    await tenant.pass();
    tenant.server.refuseNext({ code: 503, message: 'out of order' });
    expect(await tenant.pass()).toMatchObject({ kind: 'Unavailable' });
    expect(tenant.says('Reconciling')).toBe('True/Retrying');
    expect(tenant.says('Stalled')).toBe('False/NotStalled');
  });
});
