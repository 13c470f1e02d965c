import { expect, test } from 'vitest';
import { readArguments } from './read-arguments.ts';

const live = {
  messages: 50_000,
  rate: 40,
  seed: 1,
  exit: false,
  from: undefined,
  tenant: undefined,
  keep: false,
  data: undefined,
};

test.each([
  ['', live],
  ['--exit', { ...live, messages: 2000, rate: 0, exit: true }],
  ['--messages 5000 --exit', { ...live, messages: 5000, rate: 0, exit: true }],
  ['--messages=7 --rate=3 --seed=9', { ...live, messages: 7, rate: 3, seed: 9 }],
  ['--from mine.ndjson', { ...live, from: 'mine.ndjson' }],
  ['--tenant mine.yaml', { ...live, tenant: 'mine.yaml' }],
  ['--data /d --keep', { ...live, data: '/d', keep: true }],
])('%j is understood', (line, value) => {
  expect(readArguments(line.split(' ').filter((word) => word !== ''))).toEqual({ kind: 'Run', value });
});

test.each([
  ['--mesages 5', /Unknown option '--mesages'/],
  ['--tenants x', /Unknown option '--tenants'/],
  ['stray', /Unexpected argument 'stray'/],
  ['--messages', /--messages/],
  ['--messages 0', /--messages is "0"; it must be a whole number from 1/],
  ['--messages ten', /--messages is "ten"/],
  ['--messages 1e3', /whole number/],
  ['--rate=-1', /--rate is "-1"/],
  ['--exit=yes', /--exit/],
  ['--from a --messages 5', /exclude each other/],
  ['--from=', /--from needs a path/],
  ['--tenant=', /--tenant needs a path/],
  ['--tenant t.yaml --seed 3', /--tenant and --seed exclude each other/],
  ['--tenant t.yaml --exit', /--tenant and --exit exclude each other/],
])('%j is refused', (line, words) => {
  const parsed = readArguments(line.split(' '));
  expect(parsed.kind).toBe('Refused');
  expect(parsed.kind === 'Refused' && parsed.problem).toMatch(words);
});

test('--help wins', () => expect(readArguments(['--help', '--exit'])).toEqual({ kind: 'Help' }));
