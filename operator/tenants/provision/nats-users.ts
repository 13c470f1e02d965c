// Users of a NATS account, as signed JWTs (NATS ADR-14): what the server reads a process's rights from.
import {
  createUser,
  decode,
  encodeUser,
  fmtCreds,
  fromSeed,
  type KeyPair,
  parseCreds,
  type User,
} from '@nats-io/jwt';
import type { NatsPermissions } from './nats-permissions.ts';

/** What users are signed with: the key of the account, or a signing key of it. */
export interface AccountKey {
  readonly signer: KeyPair;
  /** Public key of the account; the signer's own where that is the account's key. */
  readonly account: string;
}

/**
 * Reads a seed (`SA…`), alone or in a decorated nkey file. Where it is that of a signing key, the account's public key (`A…`) stands in the
 * file as well, or is given. Throws with what is wrong, never with the seed.
 */
export function readAccountKey(
  text: string,
  account = /(?<![A-Z2-7])A[A-Z2-7]{55}(?![A-Z2-7])/.exec(text)?.[0],
): AccountKey {
  const seed = /\bSA[A-Z2-7]{56}\b/.exec(text)?.[0];
  if (seed === undefined)
    throw new Error(
      'the NATS account key file holds no account seed: it begins with SA and has 58 characters',
    );
  const signer = fromSeed(new TextEncoder().encode(seed));
  if (account !== undefined && !/^A[A-Z2-7]{55}$/.test(account))
    throw new Error('the NATS account is not a public account key: it begins with A and has 56 characters');
  return { signer, account: account ?? signer.getPublicKey() };
}

export interface UserWish {
  /** Shown in the server's connection list. */
  readonly name: string;
  readonly permissions: NatsPermissions;
  /** Seconds since the epoch. */
  readonly expiresAtSeconds: number;
}

/** A credentials file. `keep`: one whose key pair goes on, so that a renewal is the same user. */
export async function makeCredentials(
  key: AccountKey,
  wish: UserWish,
  keep?: Uint8Array,
): Promise<Uint8Array> {
  const pair =
    keep === undefined ? createUser() : fromSeed(new TextEncoder().encode((await parseCreds(keep)).key));
  const { publish, subscribe } = wish.permissions;
  const rights: Partial<User> = {
    pub: { allow: [...publish.allow], deny: [...publish.deny] },
    sub: { allow: [...subscribe.allow], deny: [] },
  };
  const isOwnKey = key.account === key.signer.getPublicKey();
  const jwt = await encodeUser(wish.name, pair, isOwnKey ? key.signer : key.account, rights, {
    exp: wish.expiresAtSeconds,
    ...(isOwnKey ? {} : { signer: key.signer }),
  });
  return fmtCreds(jwt, pair);
}

export interface UserClaims {
  readonly permissions: NatsPermissions;
  readonly expiresAtSeconds: number;
  /** Public keys. */
  readonly issuer: string;
  readonly account: string;
}

/** What a credentials file says; `undefined` for one that cannot be read. Signatures are the server's to check. */
export async function readCredentials(credentials: Uint8Array): Promise<UserClaims | undefined> {
  try {
    const { jwt } = await parseCreds(credentials);
    const claims = decode<User>(jwt);
    const { pub, sub, issuer_account } = claims.nats;
    return {
      permissions: {
        publish: { allow: pub?.allow ?? [], deny: pub?.deny ?? [] },
        subscribe: { allow: sub?.allow ?? [] },
      },
      expiresAtSeconds: claims.exp ?? Number.POSITIVE_INFINITY,
      issuer: claims.iss,
      account: issuer_account ?? claims.iss,
    };
  } catch {
    return undefined;
  }
}

const DAY_SECONDS = 24 * 3600;
/** Long enough that an operator that is away for weeks cuts nobody off. */
export const LIFETIME_SECONDS = 90 * DAY_SECONDS;
/** Renewed when less is left: a month to notice that nobody renews. */
export const RENEW_BELOW_SECONDS = 30 * DAY_SECONDS;

/** Pure: whether credentials may stay as they are. */
export function areCurrent(
  found: UserClaims | undefined,
  {
    key,
    permissions,
    nowSeconds,
  }: { readonly key: AccountKey; readonly permissions: NatsPermissions; readonly nowSeconds: number },
): boolean {
  if (found === undefined) return false;
  if (found.account !== key.account || found.issuer !== key.signer.getPublicKey()) return false;
  if (found.expiresAtSeconds - nowSeconds < RENEW_BELOW_SECONDS) return false;
  return samePermissions(found.permissions, permissions);
}

function samePermissions(a: NatsPermissions, b: NatsPermissions): boolean {
  return (
    same(a.publish.allow, b.publish.allow) &&
    same(a.publish.deny, b.publish.deny) &&
    same(a.subscribe.allow, b.subscribe.allow)
  );
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((subject) => b.includes(subject));
