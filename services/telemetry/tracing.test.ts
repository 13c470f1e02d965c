import {
  context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Recorded {
  readonly name: string;
  readonly attributes: unknown;
  status: number | undefined;
  ended: boolean;
}

describe('spans', () => {
  let spans: Recorded[];
  beforeEach(() => {
    spans = [];
    const startActiveSpan = (
      name: string,
      options: { attributes: unknown },
      _parent: unknown,
      work: (span: Span) => unknown,
    ): unknown => {
      const recorded: Recorded = { name, attributes: options.attributes, status: undefined, ended: false };
      spans.push(recorded);
      return work({
        setStatus: ({ code }: { code: number }) => {
          recorded.status = code;
        },
        end: () => {
          recorded.ended = true;
        },
      } as unknown as Span);
    };
    trace.setGlobalTracerProvider({ getTracer: () => ({ startActiveSpan }) } as unknown as TracerProvider);
  });
  afterEach(() => {
    trace.disable();
    context.disable();
  });

  const inSpan = async <T>(work: () => Promise<T>): Promise<T> =>
    (await import('./tracing.ts')).inSpan(
      { name: 'archiver.capture', attributes: { messages: 3 }, parent: ROOT_CONTEXT },
      work,
    );

  it('begin, carry their attributes, end, and give the result through', async () => {
    expect(await inSpan(async () => 'done')).toBe('done');
    expect(spans).toEqual([
      { name: 'archiver.capture', attributes: { messages: 3 }, status: undefined, ended: true },
    ]);
  });

  it('are marked as failed and end when the work rejects, and let the error through', async () => {
    await expect(
      inSpan(async () => {
        throw new Error('ClickHouse is away');
      }),
    ).rejects.toThrow('ClickHouse is away');
    expect(spans).toMatchObject([{ status: SpanStatusCode.ERROR, ended: true }]);
  });
});
