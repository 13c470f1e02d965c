// The operator itself at a real API server, with the rights that the chart gives it and no others, and scanners that take its policies.
import { randomUUID } from 'node:crypto';
import { openBodyBucket, openPolicyBucket, openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { makeStreams, realClock, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Transport } from '@menshen/operator/kube/transport';
import { type OperatorOptions, type RunningOperator, startOperator } from '@menshen/operator/start-operator';
import { Scanner } from '@menshen/scanner/scanner';
import { Health } from '@menshen/telemetry/health';
import { silentLogger } from '@menshen/telemetry/logger';
import { Registry } from 'prom-client';
import type { Speaker } from './open-control-plane.testkit.ts';

/** Passes everything on, and writes down what was refused. */
export function noticeRefusals(transport: Transport, refused: string[]): Transport {
  return async (request) => {
    const response = await transport(request);
    if (response.status === 403) refused.push(`${request.method} ${request.path}`);
    return response;
  };
}

export const QUICK_ELECTION = { leaseName: 'menshen', leaseMs: 4500, renewDeadlineMs: 3000, retryMs: 500 };

export async function runMenshen(
  { transport, clock }: Pick<Speaker, 'transport' | 'clock'>,
  of: Partial<OperatorOptions> & { readonly namespace: string },
): Promise<RunningOperator> {
  return await startOperator({
    transport,
    clock,
    apiHost: 'test',
    wallClock: { nowMs: () => Date.now() },
    random: Math.random,
    makeId: randomUUID,
    logger: silentLogger,
    registry: new Registry(),
    image: 'menshen:test',
    port: 0,
    host: '127.0.0.1',
    podName: 'menshen-0',
    leaderElection: QUICK_ELECTION,
    tenants: { maxRollingTenants: 5, secretCheckMs: 60_000 },
    provision: () => ({ steps: [] }),
    ...of,
  });
}

export interface TestScanner {
  readonly scanner: Scanner;
  stop(): Promise<void>;
}

/** A scanner of a tenant as its pod runs it, without an object store: all it gets comes from the operator. */
export async function startTestScanner(
  { nats, js, jsm }: TestNats,
  corpId: string,
  instance: string,
): Promise<TestScanner> {
  await makeStreams(jsm, corpId);
  const scanner = new Scanner({
    corpId,
    config: { partitioned: false, batchSize: 16 },
    instance,
    js,
    jsm,
    policies: await openPolicyBucket(nats, 1),
    status: await openStatusBucket(nats, 1),
    bodies: await openBodyBucket(nats, 1),
    objects: { get: () => Promise.resolve(undefined) },
    clock: realClock,
    logger: silentLogger,
    registry: new Registry(),
    health: new Health(),
  });
  await scanner.start();
  return { scanner, stop: () => scanner.stop() };
}

/** The smallest tenant that the CRD accepts. */
export function tenantOf(
  at: { readonly namespace: string; readonly name: string; readonly labels?: Record<string, string> },
  of: { readonly corpId: string; readonly natsUrl: string; readonly spec?: Record<string, unknown> },
): KubeObject & Record<string, unknown> {
  return {
    apiVersion: 'menshen.dev/v1alpha1',
    kind: 'WeComTenant',
    metadata: at,
    spec: {
      corpId: of.corpId,
      archive: {
        secretRef: { name: 'wecom', key: 'archive' },
        privateKeys: [{ version: 1, secretRef: { name: 'wecom-keys', key: 'v1.pem' } }],
      },
      source: { engine: 'Simulator', apiUrl: 'http://wecom-simulator.test.svc:8080' },
      messaging: { url: of.natsUrl },
      storage: {
        objects: { folder: { volumeClaimName: 'record' } },
        clickhouse: { url: 'http://clickhouse.test.svc:8123' },
      },
      ...of.spec,
    },
  };
}

export function policyOf(
  at: { readonly namespace: string; readonly name: string },
  spec: Record<string, unknown>,
): KubeObject & Record<string, unknown> {
  return { apiVersion: 'menshen.dev/v1alpha1', kind: 'CompliancePolicy', metadata: at, spec };
}

export const termRule = (term: string) => ({ name: 'r', any: [{ keywords: { terms: [term] } }] });
