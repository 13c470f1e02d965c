// A YAML file is read as kubectl reads it, and every error has its line.
import { describe, expect, test } from 'vitest';
import { readDocuments } from './read-documents.ts';

describe('documents', () => {
  test('one malformed document does not hide the others', () => {
    const read = readDocuments('a: 1\n---\nb: [1\nc: 2\n---\nd: 4\n');
    const seen = read.map((one) => (one.ok ? one.document.value : 'malformed'));
    expect(seen).toEqual([{ a: 1 }, 'malformed', { d: 4 }]);
  });

  test('empty documents are left out', () => {
    expect(readDocuments('---\n# nothing\n---\n')).toEqual([]);
  });

  test.each([
    ['a field given twice', 'a: 1\na: 2\n', 2, /unique/],
    ['a tab for indentation', 'a:\n\tb: 1\n', 2, /tab/i],
    ['an alias without an anchor', 'a: *nobody\n', 1, /nobody/],
  ])('%s is an error with its line', (_what, text, line, words) => {
    const [read] = readDocuments(text);
    expect(read).toMatchObject({ ok: false, line });
    expect(read?.ok === false && read.message).toMatch(words);
  });

  test('an alias bomb is an error, not a hang', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    expect(readDocuments(lines.join('\n'))).toMatchObject([{ ok: false, message: /alias/i }]);
  });

  test.each([
    [['spec', 'rules', 1], 4],
    [['spec', 'rules', 1, 'name'], 4],
    [['spec', 'gone', 'deeper'], 2],
    [['gone'], 1],
  ])('the field %j is on line %d', (path, line) => {
    const [read] = readDocuments('kind: A\nspec:\n  rules: [{name: a},\n    {name: b}]\n');
    expect(read?.ok && read.document.lineOf(path)).toBe(line);
  });
});

describe('scalars', () => {
  test.each([
    ['yes', true],
    ['Off', false],
    ['on', true],
    ['n', false],
    ['"yes"', 'yes'],
    ['2027-01-01', '2027-01-01'],
    ['one', 'one'],
    ['010', 10],
  ])('%s', (text, value) => {
    const [read] = readDocuments(`a: ${text}\n`);
    expect(read?.ok && read.document.value).toEqual({ a: value });
  });
});
