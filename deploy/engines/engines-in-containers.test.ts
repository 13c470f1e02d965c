// The third source of the engines. Images come from a registry where one can be reached; that of nats-server is made here from the pinned program,
// as its own image is made: nothing but the program, with the same entry point.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { GenericContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DockerEngine, startDocker, whyNoDocker } from './docker-engine.testkit.ts';
import { startNats } from './start-nats.ts';
import { ensureTool } from './tools.mjs';

const IMAGE = 'menshen-test/nats:2.15.1';
const problem = whyNoDocker();

describe.skipIf(problem !== undefined)(
  `engines in containers (${problem ?? 'a Docker engine answers'})`,
  () => {
    let docker: DockerEngine | undefined;
    let folder = '';

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'menshen-containers-'));
      docker = await startDocker();
      for (const [name, value] of Object.entries(docker.environment)) vi.stubEnv(name, value);
      // Its cleaner is an image of its own, which a machine without a registry cannot have.
      vi.stubEnv('TESTCONTAINERS_RYUK_DISABLED', 'true');
      const { path } = await ensureTool('nats-server');
      await copyFile(path, join(folder, 'nats-server'));
      await writeFile(
        join(folder, 'Dockerfile'),
        'FROM scratch\nCOPY nats-server /nats-server\nENTRYPOINT ["/nats-server"]\n',
      );
      await GenericContainer.fromDockerfile(folder).build(IMAGE, { deleteOnExit: false });
      vi.stubEnv('MENSHEN_NATS_SERVER', `docker:${IMAGE}`);
    }, 180_000);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await docker?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it('a name that begins with docker: is an image, whatever is on PATH', async () => {
      expect(await ensureTool('nats-server')).toEqual({
        path: IMAGE,
        kind: 'container',
        origin: 'MENSHEN_NATS_SERVER',
      });
    });

    it('nats-server keeps its stream through kill -9 of its container, on the same port', async () => {
      const engine = await startNats({ dataDir: join(folder, 'data') });
      const first = engine.pid();
      const makeStream = await connect({ servers: engine.url });
      const jsm = await jetstreamManager(makeStream);
      await jsm.streams.add({ name: 'KEPT', subjects: ['kept.>'] });
      await jsm.jetstream().publish('kept.a', 'one');
      await makeStream.close();

      await engine.stop('SIGKILL');
      expect(engine.pid()).toBeUndefined();
      await engine.start();
      expect(engine.pid()).not.toBe(first);

      const look = await connect({ servers: engine.url });
      const { state } = await (await jetstreamManager(look)).streams.info('KEPT');
      expect(state.messages).toBe(1);
      await look.close();
      await engine.stop();
    });

    it('says why an engine ended that never answered', async () => {
      vi.stubEnv('MENSHEN_NATS_SERVER', `docker:${IMAGE}`);
      const started = startNats({ dataDir: join(folder, 'bad'), syncInterval: 'sometimes' });
      await expect(started).rejects.toThrow('nats-server ended with its container before it answered');
    });

    it('refuses an image that nobody has', async () => {
      vi.stubEnv('MENSHEN_NATS_SERVER', 'docker:menshen-test/nowhere:0');
      await expect(startNats({ dataDir: join(folder, 'none') })).rejects.toThrow();
      vi.stubEnv('MENSHEN_NATS_SERVER', `docker:${IMAGE}`);
    });
  },
);
