import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { drainOnSignal } from './drain-on-signal.ts';

describe('SIGTERM', () => {
  const setUp = (drains: Record<string, () => Promise<void>>) => {
    const signals = new EventEmitter();
    const order: string[] = [];
    const parts = Object.entries(drains).map(([name, drain]) => ({
      name,
      drain: async () => {
        order.push(name);
        await drain();
      },
    }));
    return { signals, order, code: drainOnSignal({ signals, parts, log: () => undefined }) };
  };
  const fine = async (): Promise<void> => undefined;

  it('drains every part in order and ends with 0', async () => {
    const { signals, order, code } = setUp({ pull: fine, publish: fine, connection: fine });
    signals.emit('SIGTERM');
    expect(await code).toBe(0);
    expect(order).toEqual(['pull', 'publish', 'connection']);
  });

  it('goes on after a part that fails, and ends with 1', async () => {
    const { signals, order, code } = setUp({
      pull: async () => {
        throw new Error('stuck');
      },
      connection: fine,
    });
    signals.emit('SIGINT');
    expect(await code).toBe(1);
    expect(order).toEqual(['pull', 'connection']);
  });

  it('gives up at once on a second signal', async () => {
    const { signals, code } = setUp({ pull: () => new Promise(() => undefined) });
    signals.emit('SIGTERM');
    signals.emit('SIGINT');
    expect(await code).toBe(1);
  });
});
