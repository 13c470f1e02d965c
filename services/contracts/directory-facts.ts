// Who is who, as WeCom said it and when. Facts are versioned: the directory version on a message names what was known then,
// and `validFromMs` says since when it holds. A change is a new fact under the same kind and id; the old ones stay in the record.

interface FactHead {
  readonly id: string;
  /** Version of the directory in which this was learnt; all facts of one answer share it. */
  readonly version: number;
  /** It holds no longer: left, withdrawn, dissolved. The other fields are those of the fact before. */
  readonly deleted: boolean;
  /** WeCom's own time of the change when it gives one (status_change_time, join time), else `observedAtMs`. */
  readonly validFromMs: number;
  /** When we learnt it. The change lies between the answer before and this moment. */
  readonly observedAtMs: number;
}

/** Editions of the archive: 1 办公版, 2 服务版, 3 企业版 (WeCom developer page p/91614). */
export type Edition = 1 | 2 | 3;

/** A member who has the contact among their customers. */
export interface Follower {
  readonly userId: string;
  /** The member's own note of the contact's name. Personal: for the record, never for logs. */
  readonly remark: string;
  /** 0 when WeCom does not say. */
  readonly sinceMs: number;
}

export type FactBody =
  | {
      readonly kind: 'Department';
      readonly name: string;
      readonly parentId: string;
      /** `Acme/Sales/East` */
      readonly path: string;
    }
  | {
      readonly kind: 'User';
      readonly name: string;
      readonly departmentIds: readonly string[];
    }
  | {
      readonly kind: 'ExternalContact';
      readonly name: string;
      readonly corpName: string;
      /** WeChat or WeCom user. */
      readonly platform: 'WeChat' | 'WeCom' | 'Unknown';
      /** In order of userId. */
      readonly followedBy: readonly Follower[];
    }
  | {
      readonly kind: 'Group';
      readonly name: string;
      /** Of an internal group the creator: WeCom does not name another owner. */
      readonly ownerId: string;
      /** Digest of roomid and announcement; empty when there is none. */
      readonly noticeDigest: string;
      /** 0 when WeCom does not say. */
      readonly createdAtMs: number;
      readonly type: 'Internal' | 'Customer' | 'Unknown';
      /** False when WeCom resolves the roomid in neither interface. */
      readonly resolved: boolean;
    }
  | {
      /** id `<roomid>:<memberid>`. A fact of its own, so that one who joins a group of thousands is one small fact. */
      readonly kind: 'GroupMember';
      readonly groupId: string;
      readonly memberId: string;
      readonly memberKind: 'Staff' | 'External';
      /** 0 when WeCom does not say. */
      readonly joinedAtMs: number;
    }
  | {
      /** id = userid of a member whose messages are archived. */
      readonly kind: 'Permit';
      /** Ascending; empty when WeCom lists the member in no edition by itself. */
      readonly editions: readonly Edition[];
    }
  | {
      /** id `<userid>:<externalid>` or `<roomid>:<externalid>` */
      readonly kind: 'Consent';
      readonly externalId: string;
      readonly state: 'Agreed' | 'Disagreed' | 'Unknown';
      /** 0 when WeCom does not say. */
      readonly changedAtMs: number;
    }
  | {
      readonly kind: 'Robot';
      readonly name: string;
      readonly creatorId: string;
    };

export type DirectoryFact = FactHead & FactBody;
