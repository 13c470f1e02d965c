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
}

export interface Group {
  readonly roomid: string;
  readonly name: string;
  readonly ownerId: string;
  readonly members: readonly string[];
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
  readonly consents: readonly ConsentEntry[];
}

export const isExternalId = (id: string): boolean => id.startsWith('wm') || id.startsWith('wo');
