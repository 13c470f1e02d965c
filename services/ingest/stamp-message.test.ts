import { parseMessage } from '@menshen/contracts/parse-message';
import { partitionOf } from '@menshen/contracts/subjects';
import { beforeEach, describe, expect, it } from 'vitest';
import { Directory } from './directory/directory.ts';
import { learnConsent } from './directory/learn-consent.ts';
import { stampMessage } from './stamp-message.ts';

const NOW = 1_764_000_000_000;
const CUSTOMER = 'wmCustomer';

describe('stampMessage', () => {
  let directory: Directory;
  beforeEach(() => {
    directory = new Directory({ nowMs: () => NOW });
    const department = (id: string, path: string) =>
      ({ kind: 'Department', id, deleted: false, name: path, parentId: '', path }) as const;
    const user = (id: string, departmentIds: string[]) =>
      ({ kind: 'User', id, deleted: false, name: id.toUpperCase(), departmentIds }) as const;
    directory.update([
      department('1', 'Acme/Sales'),
      department('2', 'Acme/Finance'),
      user('lihua', ['1']),
      user('wang', ['1', '2']),
      user('wolf', ['2']),
      {
        kind: 'ExternalContact',
        id: CUSTOMER,
        deleted: false,
        name: '陈总',
        corpName: '',
        platform: 'WeChat',
        followedBy: [{ userId: 'lihua', remark: '', sinceMs: 0 }],
      },
    ]);
  });

  const group = (id: string, members: { id: string; kind: 'Staff' | 'External' }[], resolved = true): void =>
    directory.update([
      {
        kind: 'Group',
        id,
        deleted: false,
        name: '群',
        ownerId: '',
        noticeDigest: '',
        createdAtMs: 0,
        type: resolved ? 'Customer' : 'Unknown',
        resolved,
      },
      ...members.map(
        (member) =>
          ({
            kind: 'GroupMember',
            id: `${id}:${member.id}`,
            deleted: false,
            groupId: id,
            memberId: member.id,
            memberKind: member.kind,
            joinedAtMs: NOW,
          }) as const,
      ),
    ]);
  const stamp = (fields: Record<string, unknown>, options: { mediaEnabled?: boolean } = {}) => {
    const raw = Buffer.from(
      JSON.stringify({
        msgid: `1_${NOW}`,
        action: 'send',
        from: 'lihua',
        tolist: ['wang'],
        roomid: '',
        msgtime: NOW,
        msgtype: 'text',
        text: { content: '好的' },
        ...fields,
      }),
    );
    const parsed = parseMessage(raw);
    if (!parsed.ok) throw new Error(parsed.detail);
    learnConsent(parsed.message, directory);
    const capture = {
      corpId: 'ww1',
      seq: '9',
      publickeyVer: 1,
      message: parsed.message,
      raw,
      salt: Buffer.alloc(32, 1),
      capturedAtMs: NOW + 5,
      mediaEnabled: options.mediaEnabled ?? true,
    };
    return stampMessage(capture, directory);
  };

  it.each([
    ['staff to staff', {}, 'Internal'],
    ['staff to a customer', { tolist: [CUSTOMER] }, 'Outbound'],
    ['a customer to staff', { from: CUSTOMER, tolist: ['lihua'] }, 'Inbound'],
    [
      'staff to a contact the directory does not know, by the form of the id',
      { tolist: ['woStranger'] },
      'Outbound',
    ],
    ['staff whose id looks like a contact’s', { from: 'wolf' }, 'Internal'],
    ['staff to an id that nothing tells', { tolist: ['whoever'] }, 'Unknown'],
    ['an id that nothing tells', { from: 'whoever' }, 'Unknown'],
    ['staff to one known and one unknown', { roomid: 'wr1', tolist: ['wang', 'whoever'] }, 'Unknown'],
    ['staff to a customer and one unknown', { roomid: 'wr1', tolist: [CUSTOMER, 'whoever'] }, 'Outbound'],
    [
      'staff in a conversation that its msgid calls external',
      { msgid: `1_${NOW}_external`, tolist: ['whoever'] },
      'Outbound',
    ],
    ['a robot to staff', { from: 'wbRobot', tolist: ['lihua'] }, 'Internal'],
    ['a robot to a customer', { from: 'wbRobot', tolist: [CUSTOMER] }, 'Outbound'],
    ['staff to nobody', { tolist: [] }, 'Unknown'],
  ])('says of %s', (_what, fields, direction) => {
    expect(stamp(fields).direction).toBe(direction);
  });

  it('counts a customer who is a member but is not among the recipients', () => {
    expect(stamp({ roomid: 'wr1', tolist: ['wang'] }).direction).toBe('Internal');
    group('wr1', [
      { id: 'wang', kind: 'Staff' },
      { id: CUSTOMER, kind: 'External' },
    ]);
    expect(stamp({ roomid: 'wr1', tolist: ['wang'] }).direction).toBe('Outbound');
  });

  it('knows as staff whom a group lists as staff, and whoever has a permit', () => {
    expect(stamp({ from: 'new1' }).sender.kind).toBe('Unknown');
    group('wr2', [{ id: 'new1', kind: 'Staff' }]);
    directory.update([{ kind: 'Permit', id: 'new2', deleted: false, editions: [] }]);
    expect(stamp({ from: 'new1', tolist: ['new2'] })).toMatchObject({
      sender: { kind: 'Staff' },
      recipients: { staff: 1 },
      direction: 'Internal',
    });
  });

  it('writes down sender and recipients as the directory knew them', () => {
    const { sender, recipients, directoryVersion } = stamp({
      roomid: 'wr1',
      tolist: ['wang', 'wolf', CUSTOMER, 'wbR', '?'],
    });
    expect(sender).toEqual({ id: 'lihua', kind: 'Staff', name: 'LIHUA', departments: ['Acme/Sales'] });
    expect(recipients).toEqual({
      staff: 2,
      external: 1,
      robot: 1,
      unknown: 1,
      departments: ['Acme/Finance', 'Acme/Sales'],
    });
    expect(directoryVersion).toBe(1);
    expect(stamp({ from: CUSTOMER, tolist: ['lihua'] }).sender.name).toBe('陈总');
  });

  it.each([
    ['a direct conversation, whoever speaks', { from: 'b', tolist: ['a'] }, 'direct:a:b', 'Direct'],
    ['the same from the other side', { from: 'a', tolist: ['b'] }, 'direct:a:b', 'Direct'],
    ['a group', { roomid: 'wr9' }, 'wr9', 'Group'],
    ['a message to oneself', { from: 'a', tolist: ['a'] }, 'direct:a:a', 'Direct'],
  ])('names %s', (_what, fields, conversationId, conversationKind) => {
    expect(stamp(fields)).toMatchObject({
      conversationId,
      conversationKind,
      partition: partitionOf(conversationId),
    });
  });

  it('stamps an event that has no conversation', () => {
    expect(
      stamp({
        action: 'switch',
        user: 'lihua',
        time: NOW,
        from: undefined,
        tolist: undefined,
        msgtype: undefined,
      }),
    ).toMatchObject({
      msgtype: 'switch',
      conversationId: 'direct:lihua',
      direction: 'Unknown',
      consent: 'NotRequired',
    });
  });

  it('says that files are still to come, when they are fetched at all', () => {
    const image = { msgtype: 'image', image: { sdkfileid: 'x', md5sum: '' } };
    expect(stamp(image).facts).toEqual({ version: 0, media: [], pending: ['media'] });
    expect(stamp(image, { mediaEnabled: false }).facts.pending).toEqual([]);
    expect(stamp({}).facts.pending).toEqual([]);
  });

  it('keeps the msgtype that WeCom wrote', () => {
    expect(stamp({ msgtype: 'note', note: {} }).msgtype).toBe('note');
  });

  describe('consent', () => {
    const said = (state: 'Agreed' | 'Disagreed', changedAtMs: number, place = 'lihua'): void =>
      directory.update([
        {
          kind: 'Consent',
          id: `${place}:${CUSTOMER}`,
          deleted: false,
          externalId: CUSTOMER,
          state,
          changedAtMs,
        },
      ]);
    const from = (fields: Record<string, unknown> = {}) => {
      const { consent, quarantined } = stamp({ from: CUSTOMER, tolist: ['lihua'], ...fields });
      return [consent, quarantined];
    };

    it('is not asked of staff among themselves', () => {
      expect(stamp({}).consent).toBe('NotRequired');
    });

    it('is unknown until WeCom says something', () => {
      expect(from()).toEqual(['Unknown', false]);
    });

    it('quarantines what came after disagree, and not what came before', () => {
      said('Agreed', NOW - 100);
      said('Disagreed', NOW);
      expect(from({ msgtime: NOW - 1 })).toEqual(['Agreed', false]);
      expect(from({ msgtime: NOW })).toEqual(['Disagreed', true]);
      expect(from({ msgtime: NOW + 1 })).toEqual(['Disagreed', true]);
    });

    it('ends the quarantine with the next agree, also for what arrives late', () => {
      said('Disagreed', NOW);
      said('Agreed', NOW + 10);
      expect(from({ msgtime: NOW + 5 })).toEqual(['Disagreed', true]);
      expect(from({ msgtime: NOW + 10 })).toEqual(['Agreed', false]);
    });

    it('takes the newest word for a message without a time', () => {
      said('Disagreed', NOW);
      expect(from({ msgid: 'old-style', msgtime: 0 })).toEqual(['Disagreed', true]);
    });

    it('counts for the place where it was said', () => {
      said('Disagreed', NOW, 'wr1');
      expect(from({ msgtime: NOW + 1 })).toEqual(['Unknown', false]);
      expect(from({ msgtime: NOW + 1, roomid: 'wr1', tolist: ['lihua', 'wang'] })).toEqual([
        'Disagreed',
        true,
      ]);
    });

    it('is learnt from the message itself, which is never quarantined', () => {
      const disagree = { msgtype: 'disagree', disagree: { userid: CUSTOMER, disagree_time: NOW } };
      expect(from(disagree)).toEqual(['Disagreed', false]);
      expect(from({ msgtime: NOW + 1 })).toEqual(['Disagreed', true]);
      expect(stamp({ tolist: [CUSTOMER], msgtime: NOW + 2 })).toMatchObject({
        consent: 'Disagreed',
        quarantined: false,
      });
    });

    it('does not forget a disagree message because the interface still says what was before', () => {
      said('Disagreed', NOW);
      said('Agreed', NOW - 50);
      expect(from({ msgtime: NOW + 1 })).toEqual(['Disagreed', true]);
    });
  });
});
