// What a process is told in a pod, and what it is told on a laptop.
import { describe, expect, test } from 'vitest';
import { type Localisation, localiseArgument, localiseJson, localisePath } from './localise-text.ts';

const to: Localisation = {
  paths: new Map([
    ['/etc/menshen', '/run/pod/config'],
    ['/tmp', '/run/pod/tmp'],
  ]),
  services: new Map([
    ['nats.demo.svc:4222', '127.0.0.1:41001'],
    ['clickhouse.demo.svc:8123', '127.0.0.1:41002'],
    ['web.demo.svc:80', '127.0.0.1:41003'],
  ]),
  ports: new Map([
    [9464, 41100],
    [8090, 41101],
  ]),
};

test.each([
  ['--config=/etc/menshen/config.json', '--config=/run/pod/config/config.json'],
  ['--port=9464', '--port=41100'],
  ['--port=1', '--port=1'],
  ['--roles=ingest,scanner', '--roles=ingest,scanner'],
  ['--verbose', '--verbose'],
])('argument %s becomes %s', (given, local) => expect(localiseArgument(given, to)).toBe(local));

test.each([
  ['/tmp', '/run/pod/tmp'],
  ['/tmp/a/b', '/run/pod/tmp/a/b'],
  ['/tmpfile', '/tmpfile'],
  ['/etc/passwd', '/etc/passwd'],
])('path %s becomes %s', (given, local) => expect(localisePath(given, to)).toBe(local));

describe('JSON', () => {
  test('paths, Services and ports are moved, wherever they stand', () => {
    const given = {
      nats: { url: 'nats://nats.demo.svc:4222,nats://nats.demo.svc.cluster.local:4222' },
      clickhouse: { url: 'http://clickhouse.demo.svc:8123/' },
      web: 'http://web.demo.svc/path?x=1',
      keys: [{ file: '/etc/menshen/secrets/1.pem' }],
      callback: { port: 8090 },
      port: 1,
      limit: 9464,
      outside: 'https://cases.example/x',
    };
    expect(JSON.parse(localiseJson(JSON.stringify(given), to))).toEqual({
      nats: { url: 'nats://127.0.0.1:41001,nats://127.0.0.1:41001' },
      clickhouse: { url: 'http://127.0.0.1:41002/' },
      web: 'http://127.0.0.1:41003/path?x=1',
      keys: [{ file: '/run/pod/config/secrets/1.pem' }],
      callback: { port: 41101 },
      port: 1,
      limit: 9464,
      outside: 'https://cases.example/x',
    });
  });

  test('a Service that nothing serves here is named', () => {
    const text = '{"url":"http://alertmanager.monitoring.svc:9093"}';
    expect(() => localiseJson(text, to)).toThrow(
      /serves alertmanager\.monitoring\.svc:9093.*nats\.demo\.svc:4222/,
    );
  });

  test('text that is not JSON stays as it is', () => {
    expect(localiseJson('plain /etc/menshen', to)).toBe('plain /etc/menshen');
  });
});
