// What a tenant's status says of its walls: no more than what the policies hold.
import { describe, expect, test } from 'vitest';
import { isKnown } from './conditions.ts';
import { describeSurroundings } from './describe-surroundings.ts';
import { renderTenant } from './render/render-tenant.ts';
import type { SettledTenant } from './settled-tenant.ts';
import type { StepCondition } from './step.ts';
import { tenantExample } from './tenants.testkit.ts';

const BLOCKS = ['101.91.40.0/24'];

function networkOf(tenant: SettledTenant, knowsWeComBlocks = true): StepCondition {
  const found = describeSurroundings(tenant, { missingApis: [], knowsWeComBlocks });
  const network = found.find(({ type }) => type === 'NetworkRestricted');
  if (network === undefined) throw new Error('nothing is said of the network');
  expect(isKnown(network)).toBe(true);
  return network;
}
const brief = ({ status, reason }: StepCondition): string => `${status}/${reason}`;
type Change = NonNullable<Parameters<typeof tenantExample>[1]>;
const strict = (name: Parameters<typeof tenantExample>[0], change: Change = () => {}): SettledTenant =>
  tenantExample(name, (spec, tenant) => {
    spec.networkPolicy = { mode: 'Strict' };
    change(spec, tenant);
  });

describe('the network', () => {
  test.each(['Open', 'Standard'] as const)('in mode %s', (mode) => {
    const tenant = tenantExample('scaled', (spec) => (spec.networkPolicy = { mode }));
    expect(brief(networkOf(tenant))).toBe(mode === 'Open' ? 'False/Open' : 'True/Standard');
  });

  test('is strict where everything is in the cluster, once WeCom has said where it is', () => {
    expect(brief(networkOf(strict('finance-sdk')))).toBe('True/Strict');
    expect(brief(networkOf(strict('finance-sdk'), false))).toBe('True/AddressesPending');
  });

  test('is not strict while hosts outside are known by name; each setting is named with its port', () => {
    const network = networkOf(strict('scaled'));
    expect(brief(network)).toBe('False/OpenByName');
    expect(network.message).toContain('spec.storage.objects.s3.endpoint opens TCP 443');
    expect(network.message).toContain('spec.alerting.channels[compliance].webhook.url opens TCP 443');
    expect(network.message).toContain('spec.alerting.channels[branch-heads].weComRobot opens TCP 443');
    expect(network.message).toContain('spec.networkPolicy.allowedCidrs');
    expect(network.message).not.toContain('alertmanager');
    expect(networkOf(strict('scaled'))).toEqual(network);
  });

  test.each<[string, Change]>([
    ['spec.messaging.url opens TCP 4222', (spec) => (spec.messaging.url = 'tls://nats.example.com')],
    [
      'spec.storage.clickhouse.url opens TCP 8443',
      (spec) => (spec.storage.clickhouse.url = 'https://clickhouse.example.com:8443'),
    ],
    [
      'spec.models[tone].url opens TCP 443',
      (spec) => (spec.models = [{ name: 'tone', url: 'https://models.example.com/score' }]),
    ],
    [
      'spec.storage.objects.s3 opens TCP 443',
      (spec) =>
        (spec.storage.objects = {
          s3: {
            bucket: 'record',
            region: 'eu-central-1',
            accessKeyIdSecretRef: { name: 's3', key: 'id' },
            secretAccessKeySecretRef: { name: 's3', key: 'key' },
          },
        }),
    ],
  ])('says that %s', (words, change) => {
    const { message, ...rest } = networkOf(strict('finance-sdk', change));
    expect(brief({ message, ...rest })).toBe('False/OpenByName');
    expect(message).toContain(words);
  });

  test('is strict with hosts outside once their blocks are given', () => {
    const tenant = strict('scaled', (spec) => {
      spec.networkPolicy = { mode: 'Strict', allowedCidrs: ['198.51.100.0/24'] };
    });
    expect(brief(networkOf(tenant))).toBe('True/Strict');
  });

  test('is called strict only where no policy opens a port to everybody, and the other way round', () => {
    const examples = (['minimal', 'scaled', 'finance-sdk'] as const).flatMap((name) =>
      [[], ['198.51.100.0/24']].map((allowedCidrs) =>
        strict(name, (spec) => (spec.networkPolicy = { mode: 'Strict', allowedCidrs })),
      ),
    );
    for (const tenant of examples) {
      const rendered = JSON.stringify(renderTenant(tenant, { image: 'menshen:1', wecomBlocks: BLOCKS }));
      expect(brief(networkOf(tenant)) === 'True/Strict').toBe(!rendered.includes('"cidr":"0.0.0.0/0"'));
    }
  });
});
