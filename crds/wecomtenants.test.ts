// Every bound and rule of WeComTenant is broken once, and must be named with its field and its fix.
import { describe, expect, test } from 'vitest';
import { changed, example, problemLines, problemPaths, validateText } from './validating.testkit.ts';

const tenant = 'wecomtenant-scaled';
const channels = 'spec.alerting.channels';
const selector = 'spec.policies.namespaceSelector';
const outside = /never be pointed at an outside address\. Use a Service/;

/** What is changed, where the problem is when that is elsewhere, and the words it is told in. */
interface Mistake {
  /** Another example than the scaled one. */
  readonly in?: string;
  readonly set: readonly [path: string, value: unknown];
  readonly at?: string;
  readonly says: RegExp;
}

const mistakes: Record<string, Mistake> = {
  'corpId of another form': {
    set: ['spec.corpId', 'acme-corp'],
    says: /"acme-corp" does not have the form.*My Company/,
  },
  'corpId missing': { set: ['spec.corpId', undefined], says: /is required\. Add it: Corporation id/ },
  'a field nobody knows': { set: ['spec.sourc', {}], says: /unknown field\. Did you mean source\?/ },
  'an unknown field deep inside': {
    set: ['spec.source.tunnel', 'x'],
    says: /unknown field\. Known here: engine,/,
  },
  'a number for a text': {
    set: ['spec.media.maxBytes', 1024],
    says: /is a number, not a string\. Put it in quotes/,
  },
  'a text for a number': { set: ['spec.scanner.maxReplicas', '4'], says: /without quotes/ },
  'a text for a list': {
    set: ['spec.alerting.routes[0].channels', 'compliance'],
    says: /Write it as a list/,
  },
  'a secret given inline': {
    set: ['spec.archive.secretRef', 'abc'],
    says: /"abc" is a string, not an object/,
  },
  'an engine that does not exist': {
    set: ['spec.source.engine', 'SDK'],
    says: /"SDK" is not supported\. Use FinanceSDK, Simulator/,
  },
  'more pulls than WeCom allows': { set: ['spec.source.pullsPerMinute', 601], says: /601 must be <= 600/ },
  'a page larger than a batch': { set: ['spec.source.pageLimit', 1000], says: /must be <= 990/ },
  'two copies of a stream': { set: ['spec.messaging.replicas', 2], says: /2 is not supported\. Use 1, 3/ },
  'a time zone as an offset': { set: ['spec.timeZone', '+08:00'], says: /IANA time zone/ },
  'a duration without a unit': { set: ['spec.source.pollInterval', '5'], says: /does not have the form/ },
  'polling too often': { set: ['spec.source.pollInterval', '50ms'], says: /from 100ms to 30s/ },
  'polling too seldom': { set: ['spec.source.pollInterval', '30s1ms'], says: /from 100ms to 30s/ },
  'a directory read too often': { set: ['spec.directory.refreshInterval', '1s'], says: /from 10s to 24h/ },
  'a segment that hardly closes': { set: ['spec.storage.segments.maxAge', '11m'], says: /from 100ms to 10m/ },
  'a wait that is too long': { set: ['spec.alerting.routes[1].groupWait', '2h'], says: /at most 1h/ },
  'a repeat that is too long': {
    set: ['spec.alerting.routes[1].repeatInterval', '169h'],
    says: /at most 168h/,
  },
  'a key version twice': {
    set: ['spec.archive.privateKeys[1].version', 1],
    at: 'spec.archive.privateKeys[1]',
    says: /every version in this list must be unique\. Remove one of the two/,
  },
  'a channel name twice': {
    set: [`${channels}[1].name`, 'compliance'],
    at: `${channels}[1]`,
    says: /every name in this list must be unique/,
  },
  'a set with a value twice': {
    set: ['spec.alerting.routes[1].channels', ['on-call', 'on-call']],
    at: 'spec.alerting.routes[1].channels[1]',
    says: /every value in this list must be unique/,
  },
  'the simulator engine and WeCom itself': {
    set: ['spec.source.apiUrl', 'https://qyapi.weixin.qq.com'],
    says: outside,
  },
  'the simulator engine and a public IP': { set: ['spec.source.apiUrl', 'http://8.8.8.8:80'], says: outside },
  'an outside host like a service': {
    set: ['spec.source.apiUrl', 'http://a.svc.example.com'],
    says: outside,
  },
  'a loopback name as user': {
    set: ['spec.source.apiUrl', 'http://localhost:80@example.com'],
    says: outside,
  },
  'the simulator engine and no address': { set: ['spec.source.apiUrl', undefined], says: outside },
  'the SDK and plain http': {
    in: 'wecomtenant-finance-sdk',
    set: ['spec.source.apiUrl', 'http://wecom-simulator.compliance.svc:8080'],
    says: /speaks TLS only\. Begin apiUrl with https/,
  },
  'a proxy to the simulator': {
    set: ['spec.source.proxy', { urlSecretRef: { name: 'egress', key: 'url' } }],
    says: /proxy is for engine FinanceSDK/,
  },
  'trust in the simulator': { set: ['spec.source.trust', {}], says: /trust is for engine FinanceSDK/ },
  'an SDK that may take for ever': {
    in: 'wecomtenant-finance-sdk',
    set: ['spec.source.sdk.callTimeout', '6m'],
    says: /from 1s to 5m/,
  },
  'an SDK without room': {
    in: 'wecomtenant-finance-sdk',
    set: ['spec.source.sdk.memoryLimit', '64Mi'],
    says: /does not have the form/,
  },
  'an SDK by a relative path': {
    in: 'wecomtenant-finance-sdk',
    set: ['spec.source.sdk.libraryPath', 'libWeWorkFinanceSdk_C.so'],
    says: /does not have the form/,
  },
  'a pin in hex': {
    in: 'wecomtenant-finance-sdk',
    set: ['spec.source.trust.pins', ['ab'.repeat(22)]],
    at: 'spec.source.trust.pins[0]',
    says: /does not have the form/,
  },
  'no place for the record': {
    set: ['spec.storage.objects', {}],
    says: /exactly one place\. Give either folder or s3/,
  },
  'two places for the record': {
    set: ['spec.storage.objects.folder', { volumeClaimName: 'x' }],
    at: 'spec.storage.objects',
    says: /exactly one place/,
  },
  'four scanners in one pod': {
    set: ['spec.deployment.profile', 'Compact'],
    at: 'spec.scanner.maxReplicas',
    says: /Set spec\.deployment\.profile to Scaled/,
  },
  'a namespace selector unused': {
    set: ['spec.policies.from', 'Same'],
    at: 'spec.policies',
    says: /namespaceSelector belongs to from Selector/,
  },
  'a namespace selector missing': {
    set: [selector, undefined],
    at: 'spec.policies',
    says: /belongs to from Selector/,
  },
  'an In without values': {
    set: [`${selector}.matchExpressions`, [{ key: 'a', operator: 'In' }]],
    at: `${selector}.matchExpressions[0]`,
    says: /need at least one value/,
  },
  'an Exists with values': {
    set: [`${selector}.matchExpressions`, [{ key: 'a', operator: 'Exists', values: ['b'] }]],
    at: `${selector}.matchExpressions[0]`,
    says: /take none/,
  },
  'a route to a channel that is not there': {
    set: ['spec.alerting.routes[0].channels', ['nobody']],
    at: 'spec.alerting.routes',
    says: /channel that does not exist\. Use the name of a channel/,
  },
  'a channel of two kinds': {
    set: [`${channels}[1].webhook`, { url: 'https://cases.example/x' }],
    at: `${channels}[1]`,
    says: /exactly one of webhook, alertmanager and weComRobot/,
  },
  'a channel of no kind': {
    set: [`${channels}[1].alertmanager`, undefined],
    at: `${channels}[1]`,
    says: /exactly one of/,
  },
  'content to Alertmanager': {
    set: [`${channels}[1].includeContent`, true],
    says: /Set includeContent to false/,
  },
  'content over plain http': {
    set: [`${channels}[0].webhook.url`, 'http://cases.example/x'],
    at: `${channels}[0].includeContent`,
    says: /must not leave the cluster unencrypted\. Use an https URL/,
  },
  'texts to a model over plain http': {
    set: ['spec.models[0].url', 'http://models.example/score'],
    says: /must not leave the cluster unencrypted\. Use an https URL, or a Service/,
  },
  'a model server that is waited for too long': {
    set: ['spec.models[0].timeout', '5s'],
    says: /from 50ms to 4s/,
  },
  'a model server without a name': { set: ['spec.models[0].name', undefined], says: /is required/ },
  'a name with capitals': { set: ['metadata.name', 'Acme'], says: /lower-case letters/ },
  'a label that is a boolean': {
    set: ['metadata.labels', { audited: true }],
    at: 'metadata.labels.audited',
    says: /true is not a text/,
  },
};

describe('refused', () => {
  test.each(Object.entries(mistakes))('%s', (_what, { in: file = tenant, set: [path, value], at, says }) => {
    const result = validateText(changed(file, path, value));
    expect(problemPaths(result)).toEqual([at ?? path]);
    expect(problemLines(result)[0]).toMatch(says);
  });
});

describe('accepted', () => {
  test.each([
    ['the simulator on this machine', 'spec.source.apiUrl', 'http://127.0.0.1:9000'],
    ['the simulator on IPv6 loopback', 'spec.source.apiUrl', 'http://[::1]:9000/api'],
    ['the simulator in the same namespace', 'spec.source.apiUrl', 'http://wecom-simulator'],
    ['content to a receiver in the cluster', `${channels}[0].webhook.url`, 'http://cases.compliance.svc/x'],
    ['a model server elsewhere, over https', 'spec.models[0].url', 'https://models.example/score'],
    ['no model servers', 'spec.models', undefined],
    ['a compound duration', 'spec.source.pollInterval', '1s500ms'],
    ['a namespace selector for all', selector, {}],
    ['no alerting', 'spec.alerting', undefined],
  ])('%s', (_what, path, value) => {
    expect(problemLines(validateText(changed(tenant, path, value)))).toEqual([]);
  });
});

test('corpId cannot be changed, everything else can', () => {
  const old = example('wecomtenant-minimal');
  const renamed = validateText(changed('wecomtenant-minimal', 'spec.corpId', 'ww00000000'), old);
  expect(problemLines(renamed)).toEqual([
    expect.stringMatching(/spec\.corpId: "ww00000000" corpId is immutable.*Create another WeComTenant/),
  ]);
  const suspended = validateText(changed('wecomtenant-minimal', 'spec.suspend', true), old);
  expect(problemLines(suspended)).toEqual([]);
});

test('the minimal tenant gets every default of the schema', () => {
  expect(validateText(changed('wecomtenant-minimal', 'spec.timeZone', undefined))).toMatchObject({
    ok: true,
    object: {
      spec: {
        timeZone: 'Asia/Shanghai',
        source: { pageLimit: 990, pullsPerMinute: 600, pollInterval: '2s', decryptWorkers: 1 },
        media: { enabled: true, concurrency: 4, maxBytes: '2Gi' },
        messaging: { replicas: 1, maxStreamBytes: '8Gi' },
        storage: {
          segments: { maxBytes: '16Mi', maxAge: '5s' },
          clickhouse: { username: 'default', layout: 'Single' },
        },
        policies: { from: 'Same' },
        deployment: {
          profile: 'Compact',
          resources: { cpuRequest: '100m', memoryRequest: '256Mi', memoryLimit: '1Gi' },
        },
        scanner: {
          minReplicas: 1,
          maxReplicas: 1,
          targetDelay: '10s',
          scaleDownWindow: '5m',
          autoscaler: 'Operator',
          batchSize: 256,
        },
        alerting: { channels: [], routes: [] },
        suspend: false,
      },
    },
  });
});
