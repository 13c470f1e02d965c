// Who is who, as WeCom said it and when. Facts are versioned: the directory version on a message names what was known then.

export type DirectoryFact =
  | {
      readonly kind: 'Department';
      readonly id: string;
      readonly version: number;
      readonly deleted: boolean;
      readonly name: string;
      readonly parentId: string /** `Acme/Sales/East` */;
      readonly path: string;
    }
  | {
      readonly kind: 'User';
      readonly id: string;
      readonly version: number;
      readonly deleted: boolean;
      readonly name: string;
      readonly departmentIds: readonly string[];
    }
  | {
      readonly kind: 'ExternalContact';
      readonly id: string;
      readonly version: number;
      readonly deleted: boolean;
      readonly name: string;
      readonly corpName: string /** WeChat or WeCom user */;
      readonly platform: 'WeChat' | 'WeCom' | 'Unknown';
      readonly followedBy: readonly string[];
    }
  | {
      readonly kind: 'Group';
      readonly id: string;
      readonly version: number;
      readonly deleted: boolean;
      readonly name: string;
      readonly ownerId: string;
      readonly members: readonly {
        readonly id: string;
        readonly kind: 'Staff' | 'External';
      }[] /** false when WeCom resolves the roomid in neither interface */;
      readonly resolved: boolean;
    }
  | { readonly kind: 'Permit'; readonly id: string; readonly version: number; readonly deleted: boolean }
  | {
      readonly kind: 'Consent' /** `<userid>:<externalid>` or `<roomid>:<externalid>` */;
      readonly id: string;
      readonly version: number;
      readonly deleted: boolean;
      readonly externalId: string;
      readonly state: 'Agreed' | 'Disagreed' | 'Unknown';
      readonly changedAtMs: number;
    };
