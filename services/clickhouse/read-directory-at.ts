// Who was who at a moment in the past: the newest fact of each id among those that held by then. SQL users ask the view `directory_at`.
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { ClickHouse } from './client.ts';

type FactOf<K extends DirectoryFact['kind']> = Extract<DirectoryFact, { kind: K }>;

export interface Moment {
  readonly atMs: number;
  /**
   * The directory version of a message: only what was known then counts, so the answer is what its stamp was made of.
   * Absent: everything learnt since counts too, such as a withdrawal of consent that WeCom told late.
   */
  readonly knownInVersion?: number;
}

export interface GroupAt {
  readonly group: FactOf<'Group'>;
  /** In order of id. */
  readonly members: readonly FactOf<'GroupMember'>[];
}

/** A group with owner and members; `undefined` when it was not known or dissolved. */
export async function readGroupAt(
  clickhouse: ClickHouse,
  roomid: string,
  moment: Moment,
): Promise<GroupAt | undefined> {
  const [group] = await readFactsAt(clickhouse, { kind: 'Group', id: roomid }, moment);
  if (group === undefined) return undefined;
  const members = await readFactsAt(clickhouse, { kind: 'GroupMember', idPrefix: `${roomid}:` }, moment);
  return { group, members };
}

/** Members whose messages were archived, in order of userid. */
export async function readPermitsAt(clickhouse: ClickHouse, moment: Moment): Promise<FactOf<'Permit'>[]> {
  return await readFactsAt(clickhouse, { kind: 'Permit' }, moment);
}

/** `place` = userid of a direct conversation, or roomid. Unknown when the contact had not said anything. */
export async function readConsentAt(
  clickhouse: ClickHouse,
  of: { readonly place: string; readonly externalId: string },
  moment: Moment,
): Promise<FactOf<'Consent'>['state']> {
  const id = `${of.place}:${of.externalId}`;
  const [consent] = await readFactsAt(clickhouse, { kind: 'Consent', id }, moment);
  return consent?.state ?? 'Unknown';
}

export interface FactQuery<K extends DirectoryFact['kind']> {
  readonly kind: K;
  /** One id, or all that begin with something; both absent = all of the kind. */
  readonly id?: string;
  readonly idPrefix?: string;
}

/** Facts that held at a moment, in order of id. Nothing held before the first look at the directory, unless WeCom dated it. */
export async function readFactsAt<K extends DirectoryFact['kind']>(
  clickhouse: ClickHouse,
  query: FactQuery<K>,
  moment: Moment,
): Promise<FactOf<K>[]> {
  const { kind, id, idPrefix } = query;
  const { atMs, knownInVersion } = moment;
  const conditions = [
    'kind = {kind: String}',
    'validFrom <= fromUnixTimestamp64Milli({atMs: Int64})',
    ...(knownInVersion === undefined ? [] : ['version <= {knownInVersion: UInt64}']),
    ...(id === undefined ? [] : ['id = {id: String}']),
    ...(idPrefix === undefined ? [] : ['startsWith(id, {idPrefix: String})']),
  ];
  const rows = await clickhouse.query<{ fact: string }>(
    `SELECT argMax(fact, version) AS fact FROM directory WHERE ${conditions.join(' AND ')}
GROUP BY id HAVING NOT argMax(deleted, version) ORDER BY id`,
    { kind, atMs, knownInVersion, id, idPrefix },
  );
  return rows.map((row) => JSON.parse(row.fact) as FactOf<K>);
}
