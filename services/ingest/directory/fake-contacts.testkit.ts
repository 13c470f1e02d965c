// A WeCom for the directory in memory: answers at once, counts calls by minute, and can be told to fail. For tests of who is asked when.

import { classifyErrcode } from '../wecom/classify-errcode.ts';
import type { ApiCall, ApiOutcome } from '../wecom/server-api.ts';
import { ApiBudget } from './api-budget.ts';
import type { DirectoryApi } from './ask-directory.ts';
import { AskItems } from './ask-items.ts';
import { Directory, type NewFact } from './directory.ts';
import { FactAges } from './fact-ages.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface FakeGroup {
  readonly type: 'Internal' | 'Customer';
  readonly name: string;
  readonly owner: string;
  /** id → join time, seconds. */
  readonly members: Readonly<Record<string, number>>;
}

export class FakeContacts {
  nowMs = 1_764_000_000_000;
  readonly clock = { nowMs: () => this.nowMs };
  readonly calls: { readonly path: string; readonly minute: number; readonly asked: string }[] = [];
  /** path → errcode of every answer. */
  readonly faults = new Map<string, number>();
  readonly groups = new Map<string, FakeGroup>();
  /** external id → followers. */
  readonly contacts = new Map<string, readonly string[]>();
  readonly names = new Map<string, string>();
  readonly robots = new Map<string, string>();
  readonly directory = new Directory(this.clock);
  readonly ages = new FactAges(this.clock);
  readonly budget = new ApiBudget(this.clock, () => undefined);
  readonly api: DirectoryApi = { call: (call) => Promise.resolve(this.#answer(call)) };

  /** `isBlind`: without the secret for contacts. */
  items(isBlind = false): AskItems {
    const api = this.budget.count(this.api);
    return new AskItems({
      directory: this.directory,
      archiveApi: api,
      directoryApi: isBlind ? undefined : api,
      ages: this.ages,
      budget: this.budget,
    });
  }

  member(userid: string): void {
    this.names.set(userid, userid);
    const fact: NewFact = { kind: 'User', id: userid, deleted: false, name: '', departmentIds: ['1'] };
    this.directory.update([fact]);
  }

  callsOf(path: string): number {
    return this.calls.filter((call) => call.path.endsWith(path)).length;
  }

  #answer(call: ApiCall): ApiOutcome {
    const path = call.path.replace('/cgi-bin/', '');
    const body = (call.body ?? {}) as Fields;
    const query = call.query ?? {};
    const asked = String(
      query['userid'] ??
        query['external_userid'] ??
        query['robot_id'] ??
        body['roomid'] ??
        body['chat_id'] ??
        '',
    );
    this.calls.push({ path: call.path, minute: Math.floor(this.nowMs / 60_000), asked });
    const errcode = this.faults.get(path);
    if (errcode !== undefined) return { ok: false, fault: classifyErrcode(errcode) };
    const fields = this.#fieldsOf(path, asked, body);
    return fields === undefined ? { ok: false, fault: classifyErrcode(60_111) } : { ok: true, fields };
  }

  #fieldsOf(path: string, asked: string, body: Fields): Fields | undefined {
    switch (path) {
      case 'user/get':
        return this.names.has(asked) ? { name: this.names.get(asked), department: [1] } : undefined;
      case 'externalcontact/get':
        return this.#contact(asked);
      case 'msgaudit/get_robot_info':
        return this.robots.has(asked)
          ? { data: { name: this.robots.get(asked), creator_userid: 'a' } }
          : undefined;
      case 'msgaudit/groupchat/get':
        return this.#internalGroup(asked);
      case 'externalcontact/groupchat/get':
        return this.#customerGroup(asked);
      case 'msgaudit/check_room_agree':
        return { agreeinfo: [] };
      default:
        return {
          agreeinfo: (body['info'] as Fields[]).map((pair) => ({
            ...pair,
            agree_status: 'Agree',
            status_change_time: 1_700_000_000,
          })),
        };
    }
  }

  #contact(id: string): Fields | undefined {
    const followers = this.contacts.get(id);
    if (followers === undefined) return undefined;
    return {
      external_contact: { name: id, type: 1 },
      follow_user: followers.map((userid) => ({ userid, remark: '', createtime: 1 })),
    };
  }

  #internalGroup(id: string): Fields | undefined {
    const group = this.groups.get(id);
    if (group?.type !== 'Internal') return undefined;
    const members = Object.entries(group.members).map(([memberid, jointime]) => ({ memberid, jointime }));
    return { roomname: group.name, creator: group.owner, room_create_time: 1, notice: '', members };
  }

  #customerGroup(id: string): Fields | undefined {
    const group = this.groups.get(id);
    if (group?.type !== 'Customer') return undefined;
    const member_list = Object.entries(group.members).map(([userid, join_time]) => ({
      userid,
      join_time,
      type: userid.startsWith('wm') ? 2 : 1,
    }));
    return { group_chat: { name: group.name, owner: group.owner, create_time: 1, member_list } };
  }
}
