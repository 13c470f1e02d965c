// The server APIs around the archive (WeCom developer pages p/91614, p/91782, p/92951 and the contact APIs): from a request to its answer.
import { type Corporation, FOUNDED_AT, isExternalId } from './corporation.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface ApiRequest {
  readonly query: URLSearchParams;
  readonly body: Fields;
}

/** An answer's fields beside errcode 0, or an errcode. `strictness`: what a careful client would not have sent. */
export type ApiAnswer =
  | { readonly fields: Fields }
  | { readonly errcode: number; readonly errmsg: string; readonly strictness?: string };

export interface Api {
  readonly method: 'GET' | 'POST';
  /** Whose secret the token must be of. */
  readonly application: 'archive' | 'directory' | 'any';
  answer(request: ApiRequest, corporation: Corporation): ApiAnswer;
}

const missing = (field: string): ApiAnswer => ({
  errcode: 40058,
  errmsg: `invalid parameter: ${field}`,
  strictness: `${field} is missing or malformed`,
});
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const APIS: Readonly<Record<string, Api>> = {
  '/cgi-bin/msgaudit/get_permit_user_list': {
    method: 'POST',
    application: 'archive',
    answer({ body }, { permits, editions }) {
      const type = body['type'];
      if (type === undefined) return { fields: { ids: permits } };
      if (type !== 1 && type !== 2 && type !== 3) return missing('type');
      return { fields: { ids: permits.filter((userid) => (editions?.[userid] ?? 3) === type) } };
    },
  },
  '/cgi-bin/msgaudit/check_single_agree': {
    method: 'POST',
    application: 'archive',
    answer: checkSingleAgree,
  },
  '/cgi-bin/msgaudit/check_room_agree': {
    method: 'POST',
    application: 'archive',
    answer({ body }, { consents }) {
      const roomid = textOf(body['roomid']);
      if (roomid === undefined) return missing('roomid');
      const found = consents.filter((entry) => entry.place === roomid);
      return {
        fields: {
          agreeinfo: found.map((entry) => ({
            status_change_time: entry.changedAt,
            exteranalopenid: entry.externalUserid,
            agree_status: entry.status,
          })),
        },
      };
    },
  },
  '/cgi-bin/msgaudit/groupchat/get': {
    method: 'POST',
    application: 'archive',
    answer({ body }, { groups }) {
      const group = groups.find(
        (candidate) => candidate.roomid === body['roomid'] && candidate.kind === 'Internal',
      );
      if (group === undefined) return { errcode: 301059, errmsg: 'invalid room id' };
      const members = group.members.map((memberid) => ({
        memberid,
        jointime: group.joinTimes?.[memberid] ?? FOUNDED_AT,
      }));
      return {
        fields: {
          roomname: group.name,
          creator: group.ownerId,
          room_create_time: FOUNDED_AT,
          notice: group.notice ?? '',
          members,
        },
      };
    },
  },
  '/cgi-bin/msgaudit/get_robot_info': {
    method: 'GET',
    application: 'archive',
    answer({ query }, { robots }) {
      const robot = robots.find((candidate) => candidate.id === query.get('robot_id'));
      return robot === undefined
        ? { errcode: 40058, errmsg: 'invalid robot_id' }
        : { fields: { data: { robot_id: robot.id, name: robot.name, creator_userid: robot.creator } } };
    },
  },
  '/cgi-bin/externalcontact/get': {
    method: 'GET',
    application: 'directory',
    answer({ query }, { customers }) {
      const customer = customers.find(
        (candidate) => candidate.externalUserid === query.get('external_userid'),
      );
      if (customer === undefined) return { errcode: 84061, errmsg: 'not external contact' };
      const contact = {
        external_userid: customer.externalUserid,
        name: customer.name,
        type: customer.type,
        corp_name: customer.corpName,
        corp_full_name: customer.corpName,
        gender: 0,
      };
      const follow = customer.followedBy.map((userid) => ({
        userid,
        remark: customer.remarks?.[userid] ?? customer.name,
        description: '',
        createtime: FOUNDED_AT,
        tags: [],
        state: '',
        add_way: 1,
      }));
      return { fields: { external_contact: contact, follow_user: follow, next_cursor: '' } };
    },
  },
  '/cgi-bin/externalcontact/groupchat/get': {
    method: 'POST',
    application: 'directory',
    answer({ body }, { groups }) {
      const group = groups.find(
        (candidate) => candidate.roomid === body['chat_id'] && candidate.kind === 'Customer',
      );
      if (group === undefined) return { errcode: 49008, errmsg: 'group chat does not exist' };
      const member_list = group.members.map((userid) => ({
        userid,
        type: isExternalId(userid) ? 2 : 1,
        join_time: group.joinTimes?.[userid] ?? FOUNDED_AT,
        join_scene: 1,
        name: '',
      }));
      return {
        fields: {
          group_chat: {
            chat_id: group.roomid,
            name: group.name,
            owner: group.ownerId,
            create_time: FOUNDED_AT,
            notice: group.notice ?? '',
            member_list,
            admin_list: [],
          },
        },
      };
    },
  },
  '/cgi-bin/externalcontact/groupchat/list': {
    method: 'POST',
    application: 'directory',
    answer({ body }, { groups }) {
      const all = groups
        .filter((group) => group.kind === 'Customer')
        .map((group) => ({ chat_id: group.roomid, status: 0 }));
      return pageOf(body, all, 'group_chat_list');
    },
  },
  '/cgi-bin/user/list_id': {
    method: 'POST',
    application: 'directory',
    answer({ body }, { staff }) {
      const all = staff.flatMap((member) =>
        member.departmentIds.map((department) => ({ userid: member.userid, department })),
      );
      return pageOf(body, all, 'dept_user');
    },
  },
  '/cgi-bin/user/get': {
    method: 'GET',
    application: 'directory',
    answer({ query }, { staff }) {
      const member = staff.find((candidate) => candidate.userid === query.get('userid'));
      if (member === undefined) return { errcode: 60111, errmsg: 'userid not found' };
      return {
        fields: {
          userid: member.userid,
          name: member.name,
          department: member.departmentIds,
          main_department: member.departmentIds[0],
          status: 1,
        },
      };
    },
  },
  // Documentation addresses (RFC 5737): the simulator is nowhere on the internet.
  '/cgi-bin/get_api_domain_ip': {
    method: 'GET',
    application: 'any',
    answer: () => ({ fields: { ip_list: ['192.0.2.10', '198.51.100.0/24', '203.0.113.*'] } }),
  },
  '/cgi-bin/department/list': {
    method: 'GET',
    application: 'directory',
    answer: (_request, { departments }) => ({
      fields: {
        department: departments.map(({ id, name, parentId }) => ({
          id,
          name,
          parentid: parentId,
          order: id,
        })),
      },
    }),
  },
};

function checkSingleAgree({ body }: ApiRequest, { consents }: Corporation): ApiAnswer {
  const info = body['info'];
  if (!Array.isArray(info)) return missing('info');
  if (info.length > 100)
    return {
      errcode: 40058,
      errmsg: 'too many',
      strictness: `info holds ${info.length} entries, at most 100 are allowed`,
    };
  const agreeinfo: Fields[] = [];
  for (const pair of info as Fields[]) {
    const userid = textOf(pair['userid']);
    const external = textOf(pair['exteranalopenid']);
    if (userid === undefined || external === undefined)
      return missing('info[].userid / info[].exteranalopenid');
    const found = consents.find((entry) => entry.place === userid && entry.externalUserid === external);
    if (found !== undefined)
      agreeinfo.push({
        status_change_time: found.changedAt,
        userid,
        exteranalopenid: external,
        agree_status: found.status,
      });
  }
  return { fields: { agreeinfo } };
}

function pageOf(body: Fields, all: readonly Fields[], name: string): ApiAnswer {
  const limit = Number(body['limit'] ?? 1000);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) return missing('limit');
  const from = Number(body['cursor'] === undefined || body['cursor'] === '' ? 0 : body['cursor']);
  if (!Number.isInteger(from) || from < 0) return missing('cursor');
  const end = from + limit;
  return { fields: { [name]: all.slice(from, end), next_cursor: end < all.length ? String(end) : '' } };
}
