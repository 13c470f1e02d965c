// The command itself, on files as people have them.
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { MessageFactList } from '../list-facts.ts';
import { type Folder, makeFolder, menshen } from '../run-from-source.testkit.ts';

let folder: Folder;
beforeAll(() => {
  folder = makeFolder();
  folder.write({
    'chat.ndjson':
      '{"id":"a1","from":"zhang","to":["wm1"],"text":"我哋听日倾，电话13812345678","time":"2026-11-24T09:00:00Z"}\n\n' +
      '{"text":"see http://icbc-verify.top/x"}\n',
    'broken.ndjson':
      '{"text":"好的"}\n{"text":\n[]\n{"text":5}\n{"text":"ok","time":"soon"}\n{"text":"最后一条"}\n',
    'chat.csv': '\uFEFFid,text,from,note\r\n1,"你好, ""世界""",a,\r\n2,"two\nlines",b,x\r\n',
    'wrong.csv': 'id,content\n1,好\n',
    'bad.csv': 'id,text\n1,a,b\n2,好\n3,"open\n',
    'chat.txt': '\uFEFF你好吗\r\n\r\nthank you very much\r\n',
    'stickers.ndjson': `{"sticker":"${'A'.repeat(32)}"}\n{"sticker":"${'b'.repeat(32)}","id":"s2"}\n{"sticker":"b"}\n`,
    'stickers.txt': `# kept by Li\n${'a'.repeat(32)} 收款码\n`,
    'no-stickers.txt': '收款码\n',
    'empty.ndjson': '',
    unnamed: '{"text":"好的"}\n',
  });
});
afterAll(() => folder.remove());

const facts = (...args: string[]) => menshen(['facts', ...args], { cwd: folder.path });
const listsOf = (out: string): MessageFactList[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as MessageFactList);

describe('menshen facts', () => {
  it('prints every fact of each message with its place', async () => {
    const { code, out, err } = await facts('--input', 'chat.ndjson');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [first, second] = listsOf(out);
    expect(first).toMatchObject({
      id: 'a1',
      line: 1,
      language: 'yue',
      languages: [{ start: 0, end: 8, language: 'yue' }],
    });
    expect(first?.personalData).toEqual([
      { kind: 'Mobile', start: 8, end: 19, value: '13*******78', validity: 'Valid' },
    ]);
    expect(second).toMatchObject({
      id: '3',
      line: 3,
      urls: [{ start: 4, end: 28, host: 'icbc-verify.top' }],
    });
  });

  test.each<[string, string[], string[]]>([
    ['a table, quoted fields over several lines', ['--input', 'chat.csv'], ['1', '2']],
    ['a text, one message a line', ['--input', 'chat.txt'], ['1', '3']],
    ['JSON under any name', ['--input', 'unnamed'], ['1']],
    ['what the name does not say', ['--input', 'unnamed', '--format', 'txt'], ['1']],
  ])('reads %s', async (_what, args, ids) => {
    const { code, out, err } = await facts(...args);
    expect({ code, err, ids: listsOf(out).map(({ id }) => id) }).toEqual({ code: 0, err: '', ids });
  });

  it('reads stdin', async () => {
    const { code, out } = await menshen(['facts', '--input', '-'], { stdin: '{"text":"好的"}' });
    expect({ code, languages: listsOf(out).map(({ language }) => language) }).toEqual({
      code: 0,
      languages: ['zh-Hans'],
    });
  });

  test.each<[string, string, string[], RegExp[]]>([
    [
      'lines that are no message',
      'broken.ndjson',
      ['1', '6'],
      [
        /^line 2: not JSON.*write one object a line/m,
        /^line 3: not a JSON object/m,
        /^line 4: text is not a text/m,
        /^line 5: time is no time.*RFC 3339/m,
        /4 bad lines, 2 messages/,
      ],
    ],
    [
      'rows that do not fit',
      'bad.csv',
      ['2'],
      [/^line 2: 3 fields where.*2 columns.*double quotes/m, /^line 4: a quoted field does not end/m],
    ],
    [
      'a table without texts',
      'wrong.csv',
      [],
      [/^line 1: the first line names no column text, but id, content/m],
    ],
  ])('names %s and goes on, with exit code 1', async (_what, file, ids, says) => {
    const { code, out, err } = await facts('--input', file);
    for (const words of says) expect(err).toMatch(words);
    expect({ code, ids: out === '' ? [] : listsOf(out).map(({ id }) => id) }).toEqual({ code: 1, ids });
  });

  it('prints one JSON list, and an empty one for an empty file', async () => {
    expect(JSON.parse((await facts('--input', 'chat.csv', '--output', 'json')).out)).toHaveLength(2);
    expect(JSON.parse((await facts('--input', 'empty.ndjson', '--output', 'json')).out)).toEqual([]);
  });

  it('says of a sticker what a list says, and nothing where none does', async () => {
    const { out, err } = await facts('--input', 'stickers.ndjson', '--stickers', 'stickers.txt');
    expect(listsOf(out).map(({ stickers }) => stickers)).toEqual([
      [{ md5: 'a'.repeat(32), means: '收款码' }],
      [{ md5: 'b'.repeat(32) }],
    ]);
    expect(err).toMatch(/^line 3: sticker is no MD5/m);
  });

  it('prints a table, a row a fact', async () => {
    const { out } = await facts('--input', 'chat.ndjson', '--output', 'table');
    expect(out).toMatch(/^1 +a1 +8 +19 +personalData Mobile +13\*{7}78$/m);
  });

  test.each<[string, string[], RegExp]>([
    ['no file', [], /--input is missing/],
    [
      'a file that is not there',
      ['--input', 'no.ndjson'],
      /--input is no\.ndjson, which cannot be read \(ENOENT\)/,
    ],
    [
      'a list of no stickers',
      ['--input', 'chat.txt', '--stickers', 'no-stickers.txt'],
      /no-stickers\.txt, which holds "收款码"/,
    ],
    ['a folder', ['--input', '.'], /a folder: give a file in it/],
    ['a format nobody knows', ['--input', 'chat.txt', '--format', 'xml'], /must be ndjson or csv or txt/],
  ])('refuses %s', async (_what, args, says) => {
    const { code, err } = await facts(...args);
    expect(err).toMatch(says);
    expect(code).toBe(2);
  });
});
