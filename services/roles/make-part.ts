// From a role's name to its part. Each role is loaded only where it runs: a notifier holds no automata, a scanner no decrypt workers.
import type {
  ArchiverConfig,
  IngestConfig,
  NotifierConfig,
  RoleConfig,
  ScannerConfig,
} from '@menshen/contracts/role-config';
import { makeStreams } from './prepare-streams.ts';
import type { Role } from './read-arguments.ts';
import type { Outside, RolePart } from './role-part.ts';

/** Throws an `Error` for people when the configuration has no section for the role, or one that the role refuses. */
export function makePart(role: Role, outside: Outside): Promise<RolePart> {
  switch (role) {
    case 'ingest':
      return makeIngest(outside, sectionOf(outside.config, 'ingest'));
    case 'archiver':
      return makeArchiver(outside, sectionOf(outside.config, 'archiver'));
    case 'scanner':
      return makeScanner(outside, sectionOf(outside.config, 'scanner'));
    case 'notifier':
      return makeNotifier(outside, sectionOf(outside.config, 'notifier'));
  }
}

function sectionOf<R extends Role>(config: RoleConfig, role: R): NonNullable<RoleConfig[R]> {
  const section = config[role];
  if (section === undefined)
    throw new Error(
      `the configuration has no section ${role}: the operator renders it for a process with that role`,
    );
  return section;
}

async function makeIngest(outside: Outside, config: IngestConfig): Promise<RolePart> {
  const [{ Ingest }, { ingestModule }, { watchFiles }] = await Promise.all([
    import('@menshen/ingest/ingest'),
    import('@menshen/ingest/ingest.module'),
    import('@menshen/ingest/watch-files'),
  ]);
  const { archive, jsm } = outside;
  const ingest = new Ingest({
    ...outside,
    corpId: outside.config.corpId,
    config,
    ensureStreams: () => makeStreams({ config: outside.config, jsm, archive }),
    archivedPosition: () => archive.position(),
    archivedDirectory: () => archive.directory(),
    archivedGaps: () => archive.openGaps(),
    archivedLetters: (query) => archive.deadLetters(query),
    watchFiles,
  });
  return { module: ingestModule(ingest), subscriptions: () => [] };
}

async function makeArchiver(outside: Outside, config: ArchiverConfig): Promise<RolePart> {
  const [{ Archiver }, { archiverModule }] = await Promise.all([
    import('@menshen/archiver/archiver'),
    import('@menshen/archiver/archiver.module'),
  ]);
  const { corpId, clickhouse } = outside.config;
  const archiver = new Archiver({ ...outside, corpId, config, layout: clickhouse.layout });
  return { module: archiverModule(archiver), subscriptions: () => archiver.subscriptions() };
}

async function makeScanner(outside: Outside, config: ScannerConfig): Promise<RolePart> {
  const [{ Scanner }, { scannerModule }] = await Promise.all([
    import('@menshen/scanner/scanner'),
    import('@menshen/scanner/scanner.module'),
  ]);
  const scanner = new Scanner({ ...outside, corpId: outside.config.corpId, config });
  return {
    module: scannerModule(scanner),
    subscriptions: () => scanner.subscriptions(),
    prepareStop: () => scanner.prepareStop(),
  };
}

async function makeNotifier(outside: Outside, config: NotifierConfig): Promise<RolePart> {
  const [{ Notifier }, { notifierModule }] = await Promise.all([
    import('@menshen/notifier/notifier'),
    import('@menshen/notifier/notifier.module'),
  ]);
  const notifier = new Notifier({ ...outside, corpId: outside.config.corpId, config, fetch });
  return { module: notifierModule(notifier), subscriptions: () => [notifier.subscription()] };
}
