// What keeps a company's messages out of reach although its people talk on: seats beyond the quota, departments the app may not see, a licence
// that lapsed, files that are gone, WeCom not answering. The simulator keeps its own list of it, for tests to compare with.
import type { Corporation } from './corporation.ts';
import type { LoggedMessage } from './message-log.ts';

type Fields = Readonly<Record<string, unknown>>;

export const CIRCUMSTANCES = ['outage', 'licence', 'seats', 'department', 'media'] as const;
export type CircumstanceName = (typeof CIRCUMSTANCES)[number];

/** One entry of the list: since when, until when, and whom or what it concerns. */
export interface Circumstance {
  readonly circumstance: CircumstanceName;
  readonly fromMs: number;
  /** Absent while it goes on. */
  readonly toMs?: number;
  /** Members beyond the quota, or of the hidden department. */
  readonly members?: readonly string[];
  readonly department?: number;
  readonly quota?: number;
  /** Files that are gone, `<seq>/<path>`. */
  readonly files?: readonly string[];
}

export interface Circumstances {
  /** `{"circumstance": "outage", "on": true}`, see {@link CHANGES}. Throws an `Error` for people; then nothing is changed. */
  change(change: Fields, at: { readonly nowMs: number; readonly corporation: Corporation }): void;
  /** WeCom does not answer at all. */
  isAway(): boolean;
  isLicenceExpired(): boolean;
  /** The corporation as its interfaces tell it: without seats beyond the quota and without what is hidden. */
  visible(corporation: Corporation): Corporation;
  /** False for a message that WeCom never archived: its licence had lapsed, or nobody in the conversation had a seat. */
  admits(message: LoggedMessage): boolean;
  list(): readonly Circumstance[];
}

export interface CircumstanceSources {
  readonly messages: () => readonly LoggedMessage[];
  /** Every file on the shelf is gone from now on. */
  readonly expireFiles: () => void;
}

/** Fields of each change, beside `circumstance`. */
const CHANGES: Readonly<Record<CircumstanceName, readonly string[]>> = {
  outage: ['on'],
  licence: ['expired'],
  /** `quota`: how many of the assigned seats are in force, in the order in which they were assigned; `null` = all. */
  seats: ['quota'],
  department: ['id', 'hidden'],
  /** Every file that WeCom holds now. */
  media: ['expired'],
};

export function createCircumstances(sources: CircumstanceSources): Circumstances {
  const all: Circumstance[] = [];
  const current = (name: CircumstanceName, department?: number): Circumstance | undefined =>
    all.find((one) => one.circumstance === name && one.toMs === undefined && one.department === department);
  const end = (one: Circumstance | undefined, nowMs: number): void => {
    if (one !== undefined) all[all.indexOf(one)] = { ...one, toMs: nowMs };
  };
  /** Opens or ends one that is simply there or not. */
  const turn = (name: CircumstanceName, isOn: boolean, of: Omit<Circumstance, 'circumstance'>): void => {
    const known = current(name, of.department);
    if (!isOn) end(known, of.fromMs);
    else if (known === undefined) all.push({ circumstance: name, ...of });
  };

  return {
    change(change, { nowMs, corporation }) {
      const { name, flag, quota, department } = readChange(change, corporation);
      switch (name) {
        case 'outage':
        case 'licence':
          return turn(name, flag, { fromMs: nowMs });
        case 'media':
          if (!flag) throw new Error('media that expired does not come back');
          sources.expireFiles();
          all.push({ circumstance: name, fromMs: nowMs, files: filesOf(sources.messages(), nowMs) });
          return;
        case 'seats':
          end(current('seats'), nowMs);
          if (quota !== undefined)
            all.push({ circumstance: name, fromMs: nowMs, quota, members: corporation.permits.slice(quota) });
          return;
        case 'department':
          return turn(name, flag, { fromMs: nowMs, department, members: membersOf(corporation, department) });
      }
    },
    isAway: () => current('outage') !== undefined,
    isLicenceExpired: () => current('licence') !== undefined,
    visible(corporation) {
      const quota = current('seats')?.quota ?? corporation.permits.length;
      const hidden = all.filter((one) => one.circumstance === 'department' && one.toMs === undefined);
      const departments = new Set(
        hidden.flatMap(({ department = 0 }) => below(corporation.departments, department)),
      );
      const members = new Set(hidden.flatMap((one) => one.members ?? []));
      return {
        ...corporation,
        permits: corporation.permits.slice(0, quota),
        departments: corporation.departments.filter(({ id }) => !departments.has(id)),
        staff: corporation.staff.filter(({ userid }) => !members.has(userid)),
      };
    },
    admits: (message) => all.length === 0 || !all.some((one) => keepsOut(one, message)),
    list: () => [...all],
  };
}

interface Read {
  readonly name: CircumstanceName;
  readonly flag: boolean;
  readonly quota: number | undefined;
  readonly department: number;
}

function readChange(change: Fields, corporation: Corporation): Read {
  const name = CIRCUMSTANCES.find((known) => known === change['circumstance']);
  if (name === undefined)
    throw new Error(
      `no circumstance is called ${String(change['circumstance'])}; known: ${CIRCUMSTANCES.join(', ')}`,
    );
  const allowed = CHANGES[name];
  const surplus = Object.keys(change).filter((field) => field !== 'circumstance' && !allowed.includes(field));
  if (surplus.length > 0)
    throw new Error(`${name} has no field ${surplus.join(', ')}; known: ${allowed.join(', ')}`);
  return {
    name,
    flag: readFlag(name, change),
    quota: name === 'seats' ? readQuota(change['quota']) : undefined,
    department: name === 'department' ? readDepartment(change['id'], corporation) : 0,
  };
}

function readFlag(name: CircumstanceName, change: Fields): boolean {
  const field = CHANGES[name].at(-1) ?? '';
  const value = change[field];
  if (name === 'seats') return false;
  if (typeof value !== 'boolean') throw new Error(`${name}: ${field} must be true or false`);
  return value;
}

function readQuota(quota: unknown): number | undefined {
  if (quota === null) return undefined;
  if (!Number.isSafeInteger(quota) || Number(quota) < 0)
    throw new Error('seats: quota must be a whole number, or null');
  return Number(quota);
}

function readDepartment(id: unknown, { departments }: Corporation): number {
  if (!departments.some((department) => department.id === id))
    throw new Error(`department: no department is ${String(id)}`);
  return Number(id);
}

/** The department and all below it. */
function below(departments: Corporation['departments'], id: number): number[] {
  const children = departments.filter(({ parentId }) => parentId === id);
  return [id, ...children.flatMap((child) => below(departments, child.id))];
}

/** Who is nowhere else. */
function membersOf(corporation: Corporation, department: number): string[] {
  const hidden = new Set(below(corporation.departments, department));
  return corporation.staff
    .filter(({ departmentIds }) => departmentIds.every((id) => hidden.has(id)))
    .map(({ userid }) => userid);
}

function filesOf(messages: readonly LoggedMessage[], nowMs: number): string[] {
  return messages
    .filter(({ createdAtMs }) => createdAtMs <= nowMs)
    .flatMap(({ seq, media }) => Object.keys(media).map((path) => `${seq}/${path}`));
}

function keepsOut(one: Circumstance, message: LoggedMessage): boolean {
  const isThen =
    message.createdAtMs >= one.fromMs && message.createdAtMs < (one.toMs ?? Number.POSITIVE_INFINITY);
  if (!isThen) return false;
  if (one.circumstance === 'licence') return true;
  return one.circumstance === 'seats' && !hasSeat(message, new Set(one.members));
}

/** Somebody in the conversation has a seat, or is no member at all: a contact talks to somebody, and a robot to a group. */
function hasSeat(message: LoggedMessage, without: ReadonlySet<string>): boolean {
  const { from, tolist, user } = JSON.parse(message.plaintext) as Readonly<Record<string, unknown>>;
  const people = [from, user, ...(Array.isArray(tolist) ? tolist : [])].filter(
    (id) => typeof id === 'string' && id !== '',
  );
  return people.some((id) => !without.has(String(id)) && !/^w[obm]/.test(String(id)));
}
