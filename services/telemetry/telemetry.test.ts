import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { Health } from './health.ts';
import { createLogger, describeError } from './logger.ts';
import { type ObservabilityServer, serveObservability } from './observability-server.ts';
import { createRegistry } from './process-metrics.ts';

describe('health', () => {
  it('is started when every role has said so, and ready when no check has a problem', () => {
    const health = new Health();
    let problem: string | undefined = 'not connected';
    health.isStarting('scanner');
    health.add({ name: 'nats', problem: () => problem });
    expect(health.started()).toEqual({ ok: false, problems: ['scanner is starting'] });
    health.hasStarted('scanner');
    expect(health.started().ok).toBe(true);
    expect(health.ready()).toEqual({ ok: false, problems: ['nats: not connected'] });
    problem = undefined;
    expect(health.ready().ok).toBe(true);
    health.isDraining();
    expect(health.ready()).toEqual({ ok: false, problems: ['draining'] });
  });
});

describe('the observability port', () => {
  let server: ObservabilityServer | undefined;
  afterEach(() => server?.close());

  it.each([
    ['/live', 200, 'ok'],
    ['/ready', 503, 'scanner is starting'],
    ['/started', 503, 'scanner is starting'],
    ['/metrics', 200, 'menshen_build_info{version="1.2.3",roles="scanner"} 1'],
    ['/secrets', 404, 'known paths'],
  ])('answers %s with %i', async (path, status, text) => {
    const health = new Health();
    health.isStarting('scanner');
    server = await serveObservability({
      port: 0,
      host: '127.0.0.1',
      health,
      registry: createRegistry({ version: '1.2.3', roles: ['scanner'] }),
    });
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(text);
  });
});

describe('logs', () => {
  it('names an error with its causes, and a stack only where there is no cause', () => {
    const described = describeError(new Error('cannot publish page 42', { cause: new Error('timeout') }));
    expect(described).toMatchObject({ message: 'cannot publish page 42', cause: { message: 'timeout' } });
    expect(described).not.toHaveProperty('stack');
  });

  it('removes keys that hold secrets or content even when a caller passes them', () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const logger = createLogger({ role: 'ingest', corpId: 'ww1', level: 'info' }, stream);
    logger.info({ sdkfileid: 'KEY', media: { sdkfileid: 'KEY' }, content: '保本', seq: '7' }, 'fetched');
    expect(lines.join('')).not.toMatch(/KEY|保本/);
    expect(lines.join('')).toContain('"seq":"7"');
  });
});
