import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPage } from './read-page.ts';

const entry = (fields: Record<string, unknown>): Record<string, unknown> => ({
  seq: 7,
  msgid: 'm7',
  publickey_ver: 1,
  encrypt_random_key: 'QUJD',
  encrypt_chat_msg: 'REVG',
  ...fields,
});
const read = (body: string) => readPage(Buffer.from(body));
const pageOf = (body: string) => {
  const page = read(body);
  if (!page.ok) throw new Error(page.fault.detail);
  return page.page;
};
const body = (entries: unknown[], around: Record<string, unknown> = {}): string =>
  JSON.stringify({ errcode: 0, errmsg: 'ok', ...around, chatdata: entries });

describe('readPage', () => {
  it('keeps each entry as pulled, to the byte', () => {
    const text =
      '{"errcode":0,"chatdata":[{"seq":1,"msgid":"a","publickey_ver":3,"encrypt_random_key":"QQ==","encrypt_chat_msg":"Qg=="} ,\n {"encrypt_chat_msg":"Qw==", "seq" : 2,"publickey_ver":3,"encrypt_random_key":"RA==","msgid":"b"}],"errmsg":"ok"}';
    const { entries } = pageOf(text);
    expect(entries.map(({ envelope }) => envelope.toString())).toEqual([
      '{"seq":1,"msgid":"a","publickey_ver":3,"encrypt_random_key":"QQ==","encrypt_chat_msg":"Qg=="}',
      '{"encrypt_chat_msg":"Qw==", "seq" : 2,"publickey_ver":3,"encrypt_random_key":"RA==","msgid":"b"}',
    ]);
    expect(entries[1]).toMatchObject({ seq: '2', msgid: 'b', publickeyVer: 3 });
    expect(entries[1]?.encryptRandomKey.toString()).toBe('RA==');
    expect(entries[1]?.encryptChatMsg.toString()).toBe('Qw==');
  });

  it.each([
    ['missing chatdata', '{"errcode":0,"errmsg":"ok"}'],
    ['empty chatdata', '{"errcode":0,"errmsg":"ok","chatdata":[]}'],
    ['chatdata that is null', '{"errcode":0,"chatdata":null}'],
    ['an object without errcode', '{}'],
  ])('takes %s for nothing new', (_what, text) => {
    expect(pageOf(text)).toEqual({ entries: [], withoutSeq: 0, repeated: 0 });
  });

  it.each([
    ['an empty body', '', 'BadAnswer'],
    ['a gateway page', '<html>502 Bad Gateway</html>', 'BadAnswer'],
    ['a truncated body', body([entry({})]).slice(0, -40), 'BadAnswer'],
    ['a body cut after an entry', body([entry({})]).slice(0, -2), 'BadAnswer'],
    ['a list', '[]', 'BadAnswer'],
    ['chatdata that is a word', '{"errcode":0,"chatdata":"x"}', 'BadAnswer'],
    ['errcode that is a word', '{"errcode":"x"}', 'BadAnswer'],
    ['an expired token', '{"errcode":42001,"errmsg":"x"}', 'TokenExpired'],
    ['errcode as a string', '{"errcode":"45009"}', 'QuotaExhausted'],
    ['an errcode beside entries', body([entry({})], { errcode: -1 }), 'WeComBusy'],
  ])('takes %s for a fault', (_what, text, reason) => {
    expect(read(text)).toMatchObject({ ok: false, fault: { reason } });
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['"18446744073709551615"', '18446744073709551615'],
    ['0', '0'],
  ])('reads seq %s exactly', (written, seq) => {
    const text = body([entry({})]).replace('"seq":7', `"seq":${written}`);
    expect(pageOf(text).entries[0]?.seq).toBe(seq);
    // The same through the parser, which an escape makes necessary.
    expect(pageOf(text.replace('m7', '\\u006d7')).entries[0]).toMatchObject({ seq, msgid: 'm7' });
  });

  it.each(['-1', '1.5', '01', 'null', '""', '"x"', '{}', '[1]', 'true', '123456789012345678901'])(
    'does not take %s for a seq',
    (written) => {
      const text = body([entry({}), entry({ seq: 8 })]).replace('"seq":7', `"seq":${written}`);
      const page = read(text);
      // `01` is no JSON at all.
      if (written === '01') expect(page.ok).toBe(false);
      else expect(pageOf(text)).toMatchObject({ entries: [{ seq: '8' }], withoutSeq: 1 });
    },
  );

  it('names what an entry lacks', () => {
    const lacking = (name: string) => JSON.parse(JSON.stringify(entry({ [name]: undefined }))) as unknown;
    const { entries } = pageOf(
      body([
        lacking('publickey_ver'),
        { seq: 8 },
        entry({ seq: 9, publickey_ver: 'x' }),
        entry({ seq: 10, encrypt_chat_msg: 5 }),
        entry({ seq: 11, publickey_ver: '3' }),
      ]),
    );
    expect(entries.map(({ seq, malformed }) => [seq, malformed])).toEqual([
      ['7', 'the entry lacks a usable publickey_ver'],
      ['8', 'the entry lacks a usable publickey_ver, encrypt_random_key, encrypt_chat_msg'],
      ['9', 'the entry lacks a usable publickey_ver'],
      ['10', 'the entry lacks a usable encrypt_chat_msg'],
      ['11', undefined],
    ]);
  });

  it('sorts by seq and gives each seq once', () => {
    const page = pageOf(body([9, 3, 10, 3].map((seq) => entry({ seq }))));
    expect(page.entries.map(({ seq }) => seq)).toEqual(['3', '9', '10']);
    expect(page.repeated).toBe(1);
  });

  it('finds in any body what a JSON parser finds', () => {
    const value = fc.oneof(
      fc.string(),
      fc.nat(),
      fc.base64String({ maxLength: 40 }),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const fields = fc.record(
      {
        seq: value,
        msgid: value,
        publickey_ver: value,
        encrypt_random_key: value,
        encrypt_chat_msg: value,
        more: value,
      },
      { requiredKeys: [] },
    );
    const around = fc.record({ errmsg: fc.string(), extra: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.array(fields, { maxLength: 6 }),
        around,
        fc.constantFrom(undefined, 1),
        (list, outside, space) => {
          const text = JSON.stringify({ errcode: 0, ...outside, chatdata: list }, undefined, space);
          // A trailing member with an escape forces the parser.
          const parsed = `${text.slice(0, -1)},"z":"\\u0041"}`;
          const strip = (page: ReturnType<typeof pageOf>) => ({
            ...page,
            // Bytes are cut out of the page when they are asked for, so each is asked for.
            entries: page.entries.map(({ envelope, encryptRandomKey, encryptChatMsg, ...rest }) => ({
              ...rest,
              encryptRandomKey,
              encryptChatMsg,
              envelope: JSON.parse(envelope.toString()) as unknown,
            })),
          });
          expect(strip(pageOf(text))).toEqual(strip(pageOf(parsed)));
        },
      ),
    );
  });
});
