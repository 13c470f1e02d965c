// What the operator asked of the API server, from the API server's own audit log: every process of the operator, also those that were killed,
// and nobody else.
import { open } from 'node:fs/promises';

export const AUDITED_USER = 'operator';

/** Only the operator's calls, without what was asked or answered. JSON is YAML. */
export const AUDIT_POLICY = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: [AUDITED_USER] }, { level: 'None' }],
});

export interface AuditedCalls {
  /** `<verb> <resource>[/<subresource>]` → number. */
  readonly calls: Readonly<Record<string, number>>;
  readonly total: number;
  /** Calls that the rights did not allow. */
  readonly refused: readonly Refusal[];
}

export interface Refusal {
  /** `<verb> <path>`. */
  readonly call: string;
  /** When the call arrived, by the wall clock. */
  readonly atMs: number;
}

interface AuditEvent {
  readonly stage?: string;
  readonly verb?: string;
  readonly requestURI?: string;
  readonly requestReceivedTimestamp?: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** Gives the calls since it was asked last. */
export function followAudit(file: string): () => Promise<AuditedCalls> {
  let offset = 0;
  let rest = '';
  return async () => {
    const chunk = await readFrom(file, offset);
    offset += chunk.byteLength;
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    return countCalls(lines.flatMap(parse));
  };
}

/** A killed API server may leave half a line. */
function parse(line: string): AuditEvent[] {
  try {
    return [JSON.parse(line) as AuditEvent];
  } catch {
    return [];
  }
}

export function countCalls(events: readonly AuditEvent[]): AuditedCalls {
  const calls: Record<string, number> = {};
  const refused: Refusal[] = [];
  let total = 0;
  for (const event of events) {
    const { stage, verb = '', requestURI = '', objectRef, responseStatus } = event;
    // A watch is one call, told of when its answer begins and again when it ends.
    if (stage !== (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete')) continue;
    const sub = objectRef?.subresource === undefined ? '' : `/${objectRef.subresource}`;
    const name = `${verb} ${objectRef?.resource ?? requestURI}${sub}`;
    calls[name] = (calls[name] ?? 0) + 1;
    total += 1;
    if (responseStatus?.code !== 403) continue;
    const atMs = Date.parse(event.requestReceivedTimestamp ?? '');
    refused.push({ call: `${verb} ${requestURI.split('?')[0]}`, atMs });
  }
  return { calls, total, refused };
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
