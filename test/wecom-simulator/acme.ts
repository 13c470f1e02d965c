// The simulated corporation: its departments, staff (some of whom share a name), customers, groups, robots.
import {
  type ConsentEntry,
  type Corporation,
  type Customer,
  type Department,
  FOUNDED_AT,
  type Group,
  isExternalId,
  type Staff,
} from './corporation.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

export interface Team {
  /** Last part of the department's path. */
  readonly name: string;
  readonly members: readonly string[];
}

export interface Acme extends Corporation {
  readonly teams: readonly Team[];
  /** userid → team name. */
  readonly teamOf: ReadonlyMap<string, string>;
}

const DEPARTMENTS: readonly Department[] = [
  { id: 1, name: 'Acme', parentId: 0 },
  { id: 2, name: 'Sales', parentId: 1 },
  { id: 3, name: 'East', parentId: 2 },
  { id: 4, name: 'South', parentId: 2 },
  { id: 5, name: 'Finance', parentId: 1 },
  { id: 6, name: 'Support', parentId: 1 },
  { id: 7, name: 'IT', parentId: 1 },
  { id: 8, name: 'Compliance', parentId: 1 },
  { id: 9, name: 'Trading', parentId: 1 },
  { id: 10, name: 'Management', parentId: 1 },
];

const SURNAMES = [
  '王',
  '李',
  '张',
  '刘',
  '陈',
  '杨',
  '黄',
  '赵',
  '吴',
  '周',
  '徐',
  '孙',
  '马',
  '朱',
  '胡',
  '林',
  '何',
  '郭',
  '梁',
  '罗',
];
const GIVEN = [
  '伟',
  '芳',
  '娜',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '军',
  '洋',
  '勇',
  '艳',
  '杰',
  '涛',
  '明',
  '超',
  '秀英',
  '霞',
  '平',
  '刚',
  '桂英',
  '嘉欣',
  '子轩',
  '浩然',
  '诗涵',
  '俊杰',
  '雨桐',
  '志强',
  '家豪',
  '美玲',
];
const COMPANIES = [
  '华远贸易',
  '金石科技',
  '南粤建材',
  '东方医疗',
  '蓝海物流',
  '瑞丰食品',
  '宏图教育',
  '天元电子',
  '明德置业',
  'Harbour Trading Ltd',
  'Pacific Retail',
  '微信联系人',
];
const PINYIN = [
  'wang',
  'li',
  'zhang',
  'liu',
  'chen',
  'yang',
  'huang',
  'zhao',
  'wu',
  'zhou',
  'xu',
  'sun',
  'ma',
  'zhu',
  'hu',
  'lin',
  'he',
  'guo',
  'liang',
  'luo',
];
/** Departments a member may be put into, with their numbers of members. */
const PLACES: readonly (readonly [number, number])[] = [
  [3, 10],
  [4, 9],
  [5, 5],
  [6, 7],
  [7, 4],
  [8, 3],
  [9, 5],
  [10, 3],
];
const CUSTOMERS = 120;

/** The same seed makes the same corporation. */
export function foundAcme(seed: number): Acme {
  const random = seededRandom(seed, 0xac3e);
  const staff = hire(random);
  const customers = meetCustomers(random, staff);
  const teams = DEPARTMENTS.map(({ id, name }) => ({
    name,
    members: staff.filter((member) => member.departmentIds.includes(id)).map(({ userid }) => userid),
  }));
  const robots = [1, 2].map((number) => ({
    id: `wb${random.bytes(8).toString('hex')}`,
    name: `值班机器人${number}`,
    creator: random.pick(staff).userid,
  }));
  const groups = [...formInternalGroups(random, teams), ...formCustomerGroups(random, staff, customers)];
  return {
    departments: DEPARTMENTS,
    staff,
    customers,
    groups,
    robots,
    permits: staff.map(({ userid }) => userid),
    consents: askConsent(customers, groups),
    teams,
    teamOf: new Map(teams.flatMap(({ name, members }) => members.map((userid) => [userid, name] as const))),
  };
}

function hire(random: SeededRandom): Staff[] {
  const staff: Staff[] = [];
  for (const [department, count] of PLACES) {
    for (let i = 0; i < count; i++) {
      const surname = random.integer(SURNAMES.length);
      // Every ninth member has the name of the one before: large companies have namesakes.
      const namesake = staff.length % 9 === 8 ? staff.at(-1)?.name : undefined;
      const name = namesake ?? `${SURNAMES[surname]}${random.pick(GIVEN)}`;
      staff.push({
        userid: `${PINYIN[surname]}${String(staff.length + 1).padStart(3, '0')}`,
        name,
        departmentIds: [department],
      });
    }
  }
  return staff;
}

function meetCustomers(random: SeededRandom, staff: readonly Staff[]): Customer[] {
  const sellers = staff.filter(({ departmentIds }) =>
    departmentIds.some((id) => id === 3 || id === 4 || id === 6 || id === 9),
  );
  return Array.from({ length: CUSTOMERS }, (_, i) => {
    const onWeCom = i % 5 === 0;
    return {
      externalUserid: `${onWeCom ? 'wo' : 'wm'}${random.bytes(15).toString('hex')}`,
      name: `${random.pick(SURNAMES)}${random.pick(['总', '先生', '女士', '生', '太'])}`,
      type: onWeCom ? 2 : 1,
      corpName: onWeCom ? random.pick(COMPANIES) : '',
      followedBy: [random.pick(sellers).userid],
    };
  });
}

const roomId = (random: SeededRandom): string => `wr${random.bytes(15).toString('hex')}`;

function formInternalGroups(random: SeededRandom, teams: readonly Team[]): Group[] {
  return teams
    .filter(({ members }) => members.length >= 3)
    .map(({ name, members }) => ({
      roomid: roomId(random),
      name: `${name} 工作群`,
      ownerId: members[0] ?? '',
      members,
      kind: 'Internal',
    }));
}

function formCustomerGroups(
  random: SeededRandom,
  staff: readonly Staff[],
  customers: readonly Customer[],
): Group[] {
  return Array.from({ length: 16 }, (_, i) => {
    const guests = customers.slice(i * 6, i * 6 + 3 + random.integer(4));
    const hosts = [
      ...new Set(guests.flatMap(({ followedBy }) => followedBy)),
      ...staff
        .filter(({ departmentIds }) => departmentIds.includes(8))
        .slice(0, 1)
        .map(({ userid }) => userid),
    ];
    return {
      roomid: roomId(random),
      name: `客户服务群 ${i + 1}`,
      ownerId: hosts[0] ?? '',
      members: [...hosts, ...guests.map(({ externalUserid }) => externalUserid)],
      // A group made on the WeChat side resolves in neither interface.
      kind: i === 15 ? 'Unresolvable' : 'Customer',
    };
  });
}

/** Everyone agreed, with each member who has them and in each group whose members WeCom tells. */
function askConsent(customers: readonly Customer[], groups: readonly Group[]): ConsentEntry[] {
  const direct = customers.flatMap(({ externalUserid, followedBy }) =>
    followedBy.map((place) => ({ place, externalUserid })),
  );
  const inGroups = groups
    .filter(({ kind }) => kind === 'Customer')
    .flatMap(({ roomid, members }) =>
      members.filter(isExternalId).map((externalUserid) => ({ place: roomid, externalUserid })),
    );
  return [...direct, ...inGroups].map((pair) => ({ ...pair, status: 'Agree', changedAt: FOUNDED_AT }));
}
