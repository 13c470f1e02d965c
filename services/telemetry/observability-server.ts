// The one port every process opens: /live /ready /started for Kubernetes, /metrics for Prometheus. Nothing else is served here.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Health, HealthAnswer } from './health.ts';

export interface ObservabilityServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface ObservabilityOptions {
  readonly port: number;
  readonly host: string;
  readonly health: Health;
  readonly registry: Registry;
}

/** Serves on `host:port` (0 = any free port). Rejects when the port is taken. */
export async function serveObservability(options: ObservabilityOptions): Promise<ObservabilityServer> {
  const server = createServer((request, response) => {
    void respond(request.url ?? '/', response, options).catch((error: unknown) => {
      response.writeHead(500).end(error instanceof Error ? error.message : 'cannot collect metrics');
    });
  });
  const port = await listen(server, options);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(url: string, response: ServerResponse, options: ObservabilityOptions): Promise<void> {
  switch (url.split('?')[0]) {
    case '/live':
      return answerHealth(response, { ok: true, problems: [] });
    case '/ready':
      return answerHealth(response, options.health.ready());
    case '/started':
      return answerHealth(response, options.health.started());
    case '/metrics':
      response.setHeader('Content-Type', options.registry.contentType);
      response.end(await options.registry.metrics());
      return;
    default:
      response.writeHead(404).end('known paths: /live /ready /started /metrics\n');
  }
}

function answerHealth(response: ServerResponse, health: HealthAnswer): void {
  response.writeHead(health.ok ? 200 : 503, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(health.ok ? 'ok\n' : `${health.problems.join('\n')}\n`);
}

function listen(server: Server, options: ObservabilityOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : options.port);
    });
  });
}
