import { describe, expect, it } from 'vitest';
import { isClusterInternal } from './is-cluster-internal.ts';

describe('isClusterInternal', () => {
  it.each([
    'http://127.0.0.1:8080',
    'http://127.9.8.7',
    'http://0x7f.1',
    'http://2130706433',
    'http://localhost:1',
    'http://LOCALHOST.:1',
    'http://[::1]:9',
    'http://simulator:8080',
    'http://simulator.menshen.svc',
    'http://simulator.menshen.svc.cluster.local:8080/x',
    'http://node.cluster.local',
  ])('allows %s', (url) => expect(isClusterInternal(new URL(url))).toBe(true));

  it.each([
    'https://qyapi.weixin.qq.com',
    'http://10.0.0.1',
    'http://192.168.1.4',
    'http://8.8.8.8',
    'http://134744072',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://simulator.svc.example.com',
    'http://evil-svc.com',
    'http://[::ffff:8.8.8.8]',
    'http://[fe80::1]',
    'http://user@example.com',
    'http://localhost@example.com',
  ])('refuses %s', (url) => expect(isClusterInternal(new URL(url))).toBe(false));
});
