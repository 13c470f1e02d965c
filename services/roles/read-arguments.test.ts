import { describe, expect, it } from 'vitest';
import { readArguments } from './read-arguments.ts';

describe('the command line of a process', () => {
  it('takes roles and fills in the rest', () => {
    expect(readArguments(['--roles=ingest,scanner'])).toEqual({
      ok: true,
      value: {
        roles: ['ingest', 'scanner'],
        configFile: '/etc/menshen/config.json',
        port: 9464,
        host: '0.0.0.0',
        logLevel: 'info',
      },
    });
  });

  it.each([
    [[], /--roles is missing/],
    [['--roles='], /--roles is missing/],
    [['--roles=ingest,scaner'], /names scaner; known roles are ingest/],
    [['--roles=ingest', '--port=http'], /--port is http/],
    [['--roles=ingest', '--port=70000'], /0 to 65535/],
    [['--roles=ingest', '--log-level=loud'], /one of debug, info/],
    [['--roles=ingest', '--verbose'], /--verbose/],
    [['--roles=ingest', 'extra'], /extra/],
  ])('refuses %j with the reason', (argv, reason) => {
    expect(readArguments(argv)).toEqual({ ok: false, problem: expect.stringMatching(reason) });
  });
});
