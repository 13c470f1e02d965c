// The Secrets that local mode makes. They exist only while it runs: what the simulator made up, and keys made here.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LocalSecret } from '../supervisor/local-cluster.ts';
import type { SimulatorFacts } from './start-simulator.ts';

/** Key of the alert webhook's signature. */
export const newSigningKey = (): string => randomBytes(32).toString('hex');

/** Secrets named as deploy/local/demo/tenant.yaml refers to them. */
export async function makeSecrets(of: {
  readonly namespace: string;
  /** Absent where a real corporation is captured: its Secrets are in its file. */
  readonly simulator: SimulatorFacts | undefined;
  readonly clickhousePassword: string;
  readonly signingKey: string;
}): Promise<LocalSecret[]> {
  const { simulator, namespace } = of;
  const clickhouse = secret('demo-clickhouse', { password: of.clickhousePassword });
  const signing = { 'webhook-signing-key': of.signingKey };
  // Without the simulator nobody plays a robot.
  if (simulator === undefined) return [clickhouse, secret('demo-alerting', signing)];
  const keys = await Promise.all(
    Object.entries(simulator.privateKeyFiles).map(
      async ([version, file]) => [`v${version}.pem`, await readFile(file)] as const,
    ),
  );
  const robot = `${simulator.url}/cgi-bin/webhook/send?key=demo`;
  return [
    secret('demo-wecom', { archive: simulator.secret, contacts: simulator.directorySecret }),
    { name: 'demo-wecom-keys', namespace, data: Object.fromEntries(keys) },
    clickhouse,
    secret('demo-alerting', { ...signing, 'robot-url': robot }),
  ];

  function secret(name: string, texts: Readonly<Record<string, string>>): LocalSecret {
    const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)] as const);
    return { name, namespace, data: Object.fromEntries(data) };
  }
}
