// Trace context in NATS headers (W3C traceparent), so that a message's way through the services is one trace.

import type { MsgHdrs } from '@nats-io/transport-node';
import { type Context, context, propagation } from '@opentelemetry/api';

/** Writes the current context into `into`; `undefined` when there is none, so that untraced messages carry no headers. */
export function injectTrace(into: MsgHdrs): MsgHdrs | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const entries = Object.entries(carrier);
  for (const [key, value] of entries) into.set(key, value);
  return entries.length === 0 ? undefined : into;
}

/** The context a message came with; the active one when it carries none. */
export function extractTrace(from: MsgHdrs | undefined): Context {
  if (from === undefined) return context.active();
  const carrier: Record<string, string> = {};
  for (const key of from.keys()) carrier[key.toLowerCase()] = from.get(key);
  return propagation.extract(context.active(), carrier);
}
