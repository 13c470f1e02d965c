// Stands for a role process in tests of the supervisor: serves the probes, and misbehaves as its configuration says. Run by plain node.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const argument = (name: string): string =>
  process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';

interface Behaviour {
  /** Exit with this code right after saying something. */
  readonly crash?: number;
  readonly ignoreSigterm?: boolean;
  readonly eatBytes?: number;
  /** Answer of /ready and /live. */
  readonly ready?: number;
  readonly live?: number;
}

const configFile = argument('config');
const config = JSON.parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>;
const behaviour = JSON.parse(process.env['BEHAVIOUR'] ?? '{}') as Behaviour;

console.log(`starting with ${configFile}`);
if (behaviour.crash !== undefined) {
  console.error('cannot open the vault');
  process.exit(behaviour.crash);
}
const eaten = behaviour.eatBytes === undefined ? undefined : Buffer.alloc(behaviour.eatBytes, 1);

const server = createServer((request, response) => {
  const path = request.url ?? '';
  const status = path === '/ready' ? behaviour.ready : path === '/live' ? behaviour.live : undefined;
  if (path === '/config') return void response.end(JSON.stringify(config));
  if (path === '/environment') return void response.end(JSON.stringify(process.env));
  if (path === '/secret')
    return void response.end(
      readFileSync((config['ingest'] as { archiveSecretFile: string }).archiveSecretFile),
    );
  response.writeHead(status ?? 200).end(status === undefined ? `ok ${eaten?.length ?? 0}` : 'out of sorts');
});
server.listen(Number(argument('port')), '127.0.0.1');

process.on('SIGTERM', () => {
  console.log('draining');
  if (behaviour.ignoreSigterm !== true) process.exit(0);
});
