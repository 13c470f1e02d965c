// What the operator says about key files that it cannot use: the flag, the file, what is wrong, and nothing of what is in it.
import { createAccount } from '@nats-io/jwt';
import { expect, test } from 'vitest';
import { readProvisioningKeys } from './provision-tenants.ts';

const seed = new TextDecoder().decode(createAccount().getSeed());
const files: Readonly<Record<string, string>> = {
  '/account': `${seed}\n`,
  '/password': 'pass word\n',
  '/other': 'SECRET',
};
const readFile = async (path: string): Promise<string> => {
  const text = files[path];
  if (text === undefined) throw new Error('no such file');
  return text;
};
const none = {
  natsAccountKeyFile: undefined,
  clickhouseAdminUser: undefined,
  clickhouseAdminPasswordFile: undefined,
};

test('without keys there are none', async () => {
  expect(await readProvisioningKeys(none, readFile)).toEqual({});
});

test('reads what it is given', async () => {
  const keys = await readProvisioningKeys(
    {
      natsAccountKeyFile: '/account',
      clickhouseAdminUser: 'admin',
      clickhouseAdminPasswordFile: '/password',
    },
    readFile,
  );
  expect(keys.natsAccount?.account).toMatch(/^A/);
  expect(keys.clickhouseAdmin).toEqual({ username: 'admin', password: 'pass word' });
});

test.each([
  [{ natsAccountKeyFile: '/nowhere' }, /^--nats-account-key-file is \/nowhere, .*no such file$/],
  [{ natsAccountKeyFile: '/other' }, /^--nats-account-key-file is \/other, .*no account seed/],
  [
    { clickhouseAdminUser: 'a', clickhouseAdminPasswordFile: '/nowhere' },
    /^--clickhouse-admin-password-file is/,
  ],
])('%j', async (args, says) => {
  const error = await readProvisioningKeys({ ...none, ...args }, readFile).catch((reason: unknown) => reason);
  expect((error as Error).message).toMatch(says);
  expect((error as Error).message).not.toContain('SECRET');
});
