// Feeds as they are published, and the list that comes of each.
import { describe, expect, it, test } from 'vitest';
import { convertList, type ListFormat } from './convert-list.ts';

interface Given {
  readonly format: ListFormat;
  readonly text: string;
  readonly column?: string;
}

const convert = ({ format, text, column }: Given) => {
  const { bytes, entries, skipped } = convertList(Buffer.from(text), format, column);
  return { lines: Buffer.from(bytes).toString().split('\n').slice(0, -1), entries, skipped };
};

describe('convertList', () => {
  test.each<[string, Given, string[]]>([
    [
      'lines, each once and sorted',
      { format: 'lines', text: '# feed\nb.com\r\na.com\n\nb.com\n' },
      ['a.com', 'b.com'],
    ],
    [
      'a hosts file',
      {
        format: 'hosts',
        text: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n0.0.0.0 0.0.0.0\n0.0.0.0 Evil.com # phish\n0.0.0.0 a.b.cn c.cn\nplain.top\n',
      },
      ['a.b.cn', 'c.cn', 'evil.com', 'plain.top'],
    ],
    [
      'a column by name',
      {
        format: 'csv',
        text: '# id,url\nid,URL,tag\n1,"http://a.com/x,y",m\n2,http://b.com,\n',
        column: 'url',
      },
      ['http://a.com/x,y', 'http://b.com'],
    ],
    [
      'a column by number, without a header',
      { format: 'csv', text: '1,a.com\n2,b.com\n', column: '2' },
      ['a.com', 'b.com'],
    ],
  ])('reads %s', (_what, given, expected) => {
    expect(convert(given)).toEqual({ lines: expected, entries: expected.length, skipped: 0 });
  });

  it('leaves out what is too long, and says so', () => {
    const few = Array.from({ length: 20 }, (_, index) => `a${index}.com`).join('\n');
    const text = `${few}\nhttp://a.com/${'x'.repeat(2050)}\n`;
    expect(convert({ format: 'lines', text })).toMatchObject({ entries: 20, skipped: 1 });
    expect(convert({ format: 'lines', text: `${few}\nhttp://a.com/${'x'.repeat(2000)}` })).toMatchObject({
      entries: 21,
    });
  });

  test.each<[string, Given, RegExp]>([
    ['words where hosts are asked', { format: 'hosts', text: '保本\n稳赚\n' }, /2 of 2 lines are no hosts/],
    ['a list without entries', { format: 'lines', text: '# nothing\n' }, /no entries/],
    [
      'a column that is not there',
      { format: 'csv', text: 'id,link\n1,a.com\n', column: 'url' },
      /no column url, but id, link/,
    ],
    ['rows without the column', { format: 'csv', text: 'a\nb\n', column: '3' }, /2 of 2 lines are no rows/],
  ])('refuses %s', (_what, given, says) => {
    expect(() => convert(given)).toThrow(says);
  });

  it('refuses what is not UTF-8', () => {
    expect(() => convertList(Buffer.from([0xff, 0xfe]), 'lines')).toThrow(/not UTF-8/);
  });
});
