import { encodeManifest, type PageManifest } from '@menshen/contracts/page-manifest';
import { describe, expect, it } from 'vitest';
import { positionOf } from './position.ts';

const last = (of: Partial<PageManifest>) => ({
  sequence: 77,
  payload: encodeManifest({
    corpId: 'ww1',
    kind: 'Pull',
    page: '5',
    fromSeq: '90',
    cursor: '100',
    messageSeqs: [],
    deadSeqs: [],
    pulledAtMs: 1000,
    coveredUntilMs: 900,
    previousSequence: 60,
    engine: 'Memory',
    directoryVersion: 3,
    pageDigest: 'sha256:0',
    gaps: [],
    directory: [],
    ...of,
  }),
});

describe('positionOf', () => {
  it.each([
    ['the beginning', undefined, undefined, { sequence: 0, cursor: '0', page: '0', directoryVersion: 0 }],
    [
      'the last manifest',
      last({}),
      undefined,
      { sequence: 77, cursor: '100', page: '5', coveredUntilMs: 900 },
    ],
    [
      'the manifest when the archive is behind',
      last({}),
      { cursor: '40', page: '3' },
      { cursor: '100', page: '5' },
    ],
    [
      'the archive when the stream was lost',
      undefined,
      { cursor: '250', page: '9', directoryVersion: 8, coveredUntilMs: 2000, lastManifestAtMs: 2100 },
      {
        sequence: 0,
        cursor: '250',
        page: '9',
        directoryVersion: 8,
        coveredUntilMs: 2000,
        lastManifestAtMs: 2100,
      },
    ],
    [
      'the archive, fenced by the stream, when the stream lost its end',
      last({}),
      { cursor: '250', page: '9' },
      { sequence: 77, cursor: '250', page: '9', directoryVersion: 3 },
    ],
    ['by value, not by letters', last({ cursor: '9' }), { cursor: '10', page: '9' }, { cursor: '10' }],
  ])('is %s', (_what, manifest, archived, expected) => {
    expect(positionOf(manifest, archived)).toMatchObject(expected);
  });
});
