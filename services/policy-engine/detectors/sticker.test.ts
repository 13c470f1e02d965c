// Stickers are known by lists of their MD5 only; what no list names has no meaning.
import { contentDigest } from '@menshen/contracts/digest';
import { parseMessage } from '@menshen/contracts/parse-message';
import { describe, expect, it, test } from 'vitest';
import { collectStickers } from '../collect-stickers.ts';
import { evaluate } from '../evaluate.ts';
import type { StickerFact } from '../facts.ts';
import { engineOf, message, problemsOf } from '../judging.testkit.ts';
import type { StickerOptions } from './sticker.ts';

const [CODE, PACKET, OTHER] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
const LIST = [`${CODE}  收款码`, PACKET.toUpperCase(), `${OTHER},催单`];
const DIGEST = contentDigest(LIST.join('\n'));
const LEXICONS = new Map([[DIGEST, LIST]]);

const one = (md5: string, format: StickerFact['format'] = 'Gif'): StickerFact => ({
  path: 'emotion',
  md5,
  format,
});

function valuesOf(options: StickerOptions, ...stickers: StickerFact[]): string[] {
  const engine = engineOf({ policy: { rules: [{ name: 'rule', any: [{ sticker: options }] }] } }, LEXICONS);
  const facts = message('', { messageType: 'emotion', texts: [], stickers });
  return evaluate(engine, facts).flatMap(({ evidence }) =>
    evidence.map(({ text, condition }) => `${condition} ${text}`),
  );
}

describe('sticker', () => {
  test.each<[string, StickerOptions, StickerFact[], string[]]>([
    ['any, with its MD5', {}, [one(OTHER)], [`any[0].sticker ${OTHER}`]],
    ['any, whose MD5 is not claimed', {}, [one('', 'Png')], ['any[0].sticker Png']],
    ['a message without stickers', {}, [], []],
    [
      'a known one, with what it means',
      { known: [{ md5: CODE.toUpperCase(), means: '收款码' }] },
      [one(CODE)],
      [`any[0].sticker.known ${CODE} 收款码`],
    ],
    ['one that is not known', { known: [{ md5: CODE }] }, [one(PACKET)], []],
    [
      'from a list, without a meaning there',
      { knownRef: { digest: DIGEST } },
      [one(PACKET)],
      [`any[0].sticker.known ${PACKET}`],
    ],
    [
      'by meaning',
      { knownRef: { digest: DIGEST }, means: ['催单'] },
      [one(CODE), one(OTHER)],
      [`any[0].sticker.known ${OTHER} 催单`],
    ],
    ['what is not claimed is not known', { known: [{ md5: CODE }] }, [one('')], []],
    ['another format', { formats: ['Png'] }, [one(CODE)], []],
    ['format and list together', { formats: ['Gif'], known: [{ md5: CODE }] }, [one(CODE, 'Png')], []],
  ])('%s', (_what, options, stickers, expected) => {
    expect(valuesOf(options, ...stickers)).toEqual(expected);
  });

  test.each<[string, StickerOptions, string]>([
    ['meanings without a list', { means: ['催单'] }, 'means'],
    ['what is no MD5', { known: [{ md5: 'abc' }] }, 'known[0].md5'],
    ['a list that is not there', { knownRef: { digest: `sha256:${'0'.repeat(64)}` } }, 'knownRef.digest'],
    ['a list of words', { knownRef: { digest: contentDigest('保本') }, formats: ['Gif'] }, 'knownRef.digest'],
  ])('refuses %s', (_what, options, field) => {
    const spec = { rules: [{ name: 'rule', any: [{ sticker: options }] }] };
    const lexicons = new Map([[contentDigest('保本'), ['保本']]]);
    expect(problemsOf(spec, lexicons).map(({ path }) => path)).toEqual([
      `spec.rules[0].any[0].sticker.${field}`,
    ]);
  });

  it('can be asked in expressions', () => {
    const spec = { rules: [{ name: 'rule', any: [{ expr: "stickers.exists(s, s.format == 'Gif')" }] }] };
    const engine = engineOf({ policy: spec });
    const facts = (format: StickerFact['format']) =>
      message('', { messageType: 'emotion', texts: [], stickers: [one(CODE, format)] });
    expect(evaluate(engine, facts('Gif'))).toHaveLength(1);
    expect(evaluate(engine, facts('Png'))).toEqual([]);
  });
});

describe('collectStickers', () => {
  const head = { msgid: 'm', action: 'send', from: 'a', tolist: ['b'], roomid: '', msgtime: 1 };
  const emotion = (md5sum: unknown, type: unknown) => ({
    type,
    width: 9,
    height: 9,
    imagesize: 5,
    md5sum,
    sdkfileid: 'K',
  });
  const collect = (msgtype: string, body: unknown) => {
    const parsed = parseMessage(Buffer.from(JSON.stringify({ ...head, msgtype, [msgtype]: body })));
    if (!parsed.ok) throw new Error(parsed.detail);
    return collectStickers(parsed.message);
  };
  const item = (type: string, content: unknown) => ({ type, msgtime: 1, content: JSON.stringify(content) });

  test.each<[string, string, unknown, StickerFact[]]>([
    ['a GIF', 'emotion', emotion('AbC', 1), [{ path: 'emotion', md5: 'abc', format: 'Gif' }]],
    ['a PNG', 'emotion', emotion('', 2), [{ path: 'emotion', md5: '', format: 'Png' }]],
    ['a format of tomorrow', 'emotion', emotion('a', 7), [{ path: 'emotion', md5: 'a', format: 'Unknown' }]],
    ['an image is none', 'image', { sdkfileid: 'K', md5sum: 'a', filesize: 5 }, []],
    [
      'inside a forwarded record',
      'chatrecord',
      {
        title: 't',
        item: [item('ChatRecordText', { content: 'hi' }), item('ChatRecordEmotion', emotion('d', 1))],
      },
      [{ path: 'chatrecord.item[1]', md5: 'd', format: 'Gif' }],
    ],
    [
      'inside a mixed message',
      'mixed',
      { item: [item('emotion', emotion('e', 2))] },
      [{ path: 'mixed.item[0]', md5: 'e', format: 'Png' }],
    ],
  ])('%s', (_what, msgtype, body, expected) => {
    expect(collect(msgtype, body)).toEqual(expected);
  });
});
