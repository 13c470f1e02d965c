import { describe, expect, it } from 'vitest';
import { rememberSecrets } from './remember-secret.ts';

describe('a secret in a file', () => {
  const setUp = () => {
    const world = { now: 0, reads: 0, content: 'first', broken: false };
    const read = rememberSecrets(
      async (file) => {
        world.reads++;
        if (world.broken) throw new Error(`cannot read ${file}`);
        return `${file}: ${world.content}`;
      },
      { nowMs: () => world.now },
    );
    return { world, read };
  };

  it('is read once for all notices of a second, and anew after it', async () => {
    const { world, read } = setUp();
    expect(await Promise.all([read('key'), read('key')])).toEqual(['key: first', 'key: first']);
    world.content = 'second';
    world.now = 999;
    expect(await read('key')).toBe('key: first');
    world.now = 1_000;
    expect(await read('key')).toBe('key: second');
    expect(world.reads).toBe(2);
  });

  it('is not mixed up with that of another file', async () => {
    const { read } = setUp();
    expect(await read('a')).toBe('a: first');
    expect(await read('b')).toBe('b: first');
  });

  it('is read again at once when it could not be read', async () => {
    const { world, read } = setUp();
    world.broken = true;
    await expect(read('key')).rejects.toThrow('cannot read key');
    world.broken = false;
    expect(await read('key')).toBe('key: first');
  });
});
