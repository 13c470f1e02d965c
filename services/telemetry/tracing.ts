// Spans through the OpenTelemetry API. Without an SDK in the process they cost nothing and go nowhere; with one, a message's way is one trace.
import { type Context, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('menshen');

export interface SpanOptions {
  readonly name: string;
  /** Ids, counts and kinds only: never content. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Where the trace came from, e.g. `extractTrace(message.headers)`. */
  readonly parent?: Context;
}

/** Runs `work` inside a span and ends it, marked as failed when `work` rejects. */
export async function inSpan<T>(options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  return await tracer.startActiveSpan(
    options.name,
    { attributes: { ...options.attributes } },
    options.parent ?? context.active(),
    async (span) => {
      try {
        return await work(span);
      } catch (error) {
        span.setStatus({
          code: SpanStatusCode.ERROR,
          message: error instanceof Error ? error.name : 'error',
        });
        throw error;
      } finally {
        span.end();
      }
    },
  );
}
