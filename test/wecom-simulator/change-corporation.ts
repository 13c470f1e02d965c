// What happens in a company while its messages flow: people are renamed, move and leave, groups change hands, customers change their minds.
// One change makes a new corporation out of the old one; what the story generator was founded on stays as it is.
import { type Corporation, type Group, isExternalId } from './corporation.ts';

type Fields = Readonly<Record<string, unknown>>;
type Change = (corporation: Corporation, of: Reader) => Corporation;

/** Every change by its name. Throws an `Error` for people when the fields do not fit the corporation. */
const CHANGES: Readonly<Record<string, Change>> = {
  'rename-user': (corporation, of) => {
    const userid = of.member();
    const name = of.text('name');
    return { ...corporation, staff: replace(corporation.staff, 'userid', userid, { name }) };
  },
  'move-user': (corporation, of) => {
    const userid = of.member();
    const departmentIds = of.departments();
    return { ...corporation, staff: replace(corporation.staff, 'userid', userid, { departmentIds }) };
  },
  /** Leaves the company: contacts, seats and groups. */
  'remove-user': (corporation, of) => {
    const userid = of.member();
    return {
      ...corporation,
      staff: corporation.staff.filter((member) => member.userid !== userid),
      permits: corporation.permits.filter((id) => id !== userid),
      groups: corporation.groups.map((group) => ({
        ...group,
        members: group.members.filter((id) => id !== userid),
      })),
    };
  },
  'move-department': (corporation, of) => {
    const id = of.department('id');
    const parentId = of.department('parentId');
    return { ...corporation, departments: replace(corporation.departments, 'id', id, { parentId }) };
  },
  'rename-group': (corporation, of) => {
    const name = of.text('name');
    return changeGroup(corporation, of, () => ({ name }));
  },
  'set-notice': (corporation, of) => {
    const notice = of.text('notice');
    return changeGroup(corporation, of, () => ({ notice }));
  },
  'change-owner': (corporation, of) => {
    const ownerId = of.text('ownerId');
    return changeGroup(corporation, of, ({ members }) => {
      if (!members.includes(ownerId)) throw new Error(`${ownerId} is not in the group`);
      return { ownerId };
    });
  },
  'add-member': (corporation, of) => {
    const id = of.person();
    const joinedAt = of.seconds();
    return changeGroup(corporation, of, ({ members, joinTimes }) => {
      if (members.includes(id)) throw new Error(`${id} is in the group already`);
      return { members: [...members, id], joinTimes: { ...joinTimes, [id]: joinedAt } };
    });
  },
  'remove-member': (corporation, of) => {
    const id = of.text('id');
    return changeGroup(corporation, of, ({ members }) => {
      if (!members.includes(id)) throw new Error(`${id} is not in the group`);
      return { members: members.filter((member) => member !== id) };
    });
  },
  'dissolve-group': (corporation, of) => {
    const { roomid } = of.group();
    return { ...corporation, groups: corporation.groups.filter((group) => group.roomid !== roomid) };
  },
  'set-remark': (corporation, of) => {
    const { externalUserid, remarks, followedBy } = of.customer();
    const userid = of.text('userid');
    if (!followedBy.includes(userid)) throw new Error(`${userid} does not have this customer`);
    const change = { remarks: { ...remarks, [userid]: of.text('remark') } };
    return {
      ...corporation,
      customers: replace(corporation.customers, 'externalUserid', externalUserid, change),
    };
  },
  'set-consent': (corporation, of) => {
    const { externalUserid } = of.customer();
    const place = of.text('place');
    const status = of.oneOf('status', ['Agree', 'Disagree', 'Default_Agree'] as const);
    const entry = { place, externalUserid, status, changedAt: of.seconds() };
    const others = corporation.consents.filter(
      (known) => known.place !== place || known.externalUserid !== externalUserid,
    );
    return { ...corporation, consents: [...others, entry] };
  },
  'take-permit': (corporation, of) => {
    const userid = of.member();
    if (!corporation.permits.includes(userid)) throw new Error(`${userid} has no seat`);
    return { ...corporation, permits: corporation.permits.filter((id) => id !== userid) };
  },
  'give-permit': (corporation, of) => {
    const userid = of.member();
    const edition = of.oneOf('edition', [1, 2, 3] as const);
    const permits = [...new Set([...corporation.permits, userid])];
    return { ...corporation, permits, editions: { ...corporation.editions, [userid]: edition } };
  },
  'rename-robot': (corporation, of) => {
    const id = of.text('id');
    if (!corporation.robots.some((robot) => robot.id === id)) throw new Error(`no robot is ${id}`);
    return { ...corporation, robots: replace(corporation.robots, 'id', id, { name: of.text('name') }) };
  },
};

/** `{"change": "rename-user", …}` → the corporation after it. Throws an `Error` for people. `nowSeconds` dates what is not dated. */
export function changeCorporation(corporation: Corporation, change: Fields, nowSeconds: number): Corporation {
  const name = String(change['change']);
  const make = Object.hasOwn(CHANGES, name) ? CHANGES[name] : undefined;
  if (make === undefined)
    throw new Error(`no change is called ${name}; known: ${Object.keys(CHANGES).join(', ')}`);
  return make(corporation, new Reader(corporation, change, nowSeconds));
}

function changeGroup(
  corporation: Corporation,
  of: Reader,
  change: (group: Group) => Partial<Group>,
): Corporation {
  const group = of.group();
  return { ...corporation, groups: replace(corporation.groups, 'roomid', group.roomid, change(group)) };
}

function replace<T, K extends keyof T>(all: readonly T[], key: K, id: T[K], change: Partial<T>): T[] {
  return all.map((one) => (one[key] === id ? { ...one, ...change } : one));
}

/** The fields of a change, checked against the corporation. */
class Reader {
  readonly #corporation: Corporation;
  readonly #fields: Fields;
  readonly #nowSeconds: number;

  constructor(corporation: Corporation, fields: Fields, nowSeconds: number) {
    this.#corporation = corporation;
    this.#fields = fields;
    this.#nowSeconds = nowSeconds;
  }

  text(field: string): string {
    const value = this.#fields[field];
    if (typeof value !== 'string') throw new Error(`${field} must be a text`);
    return value;
  }

  oneOf<T extends string | number>(field: string, allowed: readonly T[]): T {
    const found = allowed.find((one) => one === this.#fields[field]);
    if (found === undefined) throw new Error(`${field} must be one of ${allowed.join(', ')}`);
    return found;
  }

  /** `at`, seconds; default now. */
  seconds(): number {
    const at = this.#fields['at'] ?? this.#nowSeconds;
    if (!Number.isInteger(at) || Number(at) < 0) throw new Error('at must be whole seconds');
    return Number(at);
  }

  member(): string {
    const userid = this.text('userid');
    if (!this.#corporation.staff.some((member) => member.userid === userid))
      throw new Error(`no member is ${userid}`);
    return userid;
  }

  /** A member or a customer. */
  person(): string {
    const id = this.text('id');
    const { staff, customers } = this.#corporation;
    const isKnown = isExternalId(id)
      ? customers.some(({ externalUserid }) => externalUserid === id)
      : staff.some(({ userid }) => userid === id);
    if (!isKnown) throw new Error(`nobody is ${id}`);
    return id;
  }

  customer(): Corporation['customers'][number] {
    const id = this.text('externalUserid');
    const customer = this.#corporation.customers.find(({ externalUserid }) => externalUserid === id);
    if (customer === undefined) throw new Error(`no customer is ${id}`);
    return customer;
  }

  group(): Group {
    const roomid = this.text('roomid');
    const group = this.#corporation.groups.find((candidate) => candidate.roomid === roomid);
    if (group === undefined) throw new Error(`no group is ${roomid}`);
    return group;
  }

  department(field: string): number {
    const id = this.#fields[field];
    if (!this.#corporation.departments.some((department) => department.id === id))
      throw new Error(`${field}: no department is ${id}`);
    return Number(id);
  }

  departments(): number[] {
    const ids = this.#fields['departmentIds'];
    if (!Array.isArray(ids) || ids.length === 0) throw new Error('departmentIds must be a list of ids');
    const known = new Set<unknown>(this.#corporation.departments.map(({ id }) => id));
    for (const id of ids) if (!known.has(id)) throw new Error(`no department is ${id}`);
    return ids.map(Number);
  }
}
