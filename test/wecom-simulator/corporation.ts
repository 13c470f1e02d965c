// Who works at the simulated corporation, who its customers are, which groups they share: what the directory APIs tell.

export interface Department {
  readonly id: number;
  readonly name: string;
  readonly parentId: number;
}

export interface Staff {
  readonly userid: string;
  readonly name: string;
  readonly departmentIds: readonly number[];
}

export interface Customer {
  readonly externalUserid: string;
  readonly name: string;
  /** 1 WeChat, 2 WeCom. */
  readonly type: 1 | 2;
  readonly corpName: string;
  readonly followedBy: readonly string[];
  /** userid → that member's note of the name; default the name. */
  readonly remarks?: Readonly<Record<string, string>>;
}

export interface Group {
  readonly roomid: string;
  readonly name: string;
  readonly ownerId: string;
  readonly members: readonly string[];
  /** The announcement; default none. */
  readonly notice?: string;
  /** Seconds, of those who joined later than at {@link FOUNDED_AT}. */
  readonly joinTimes?: Readonly<Record<string, number>>;
  /** Customer groups have external members and another API. */
  readonly kind: 'Internal' | 'Customer' | 'Unresolvable';
}

export interface ConsentEntry {
  /** userid or roomid. */
  readonly place: string;
  readonly externalUserid: string;
  readonly status: 'Agree' | 'Disagree' | 'Default_Agree';
  /** Seconds. */
  readonly changedAt: number;
}

export interface Corporation {
  readonly departments: readonly Department[];
  readonly staff: readonly Staff[];
  readonly customers: readonly Customer[];
  readonly groups: readonly Group[];
  readonly robots: readonly { readonly id: string; readonly name: string; readonly creator: string }[];
  /** Members whose messages are archived. */
  readonly permits: readonly string[];
  /** Edition of a seat: 1 office, 2 service, 3 enterprise; default 3. */
  readonly editions?: Readonly<Record<string, 1 | 2 | 3>>;
  readonly consents: readonly ConsentEntry[];
}

/** When the groups and friendships of the corporation began, seconds. */
export const FOUNDED_AT = 1_700_000_000;

export const isExternalId = (id: string): boolean => id.startsWith('wm') || id.startsWith('wo');
