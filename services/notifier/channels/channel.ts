// What every way out has in common. To add a channel: one file beside this one, one line in registry.ts.
import type { Clock } from '@menshen/contracts/clock';
import type { Notice } from '@menshen/contracts/compliance-alert';
import type { AlertChannel } from '@menshen/contracts/role-config';

/** `detail` says why, for people: a status or an error code, never content, never a URL (a robot's is a credential). */
export type SendOutcome =
  | { readonly kind: 'Delivered' }
  /** The receiver is away or busy: the same notice again later. */
  | { readonly kind: 'Later'; readonly detail: string; readonly retryAfterMs?: number }
  /** The receiver does not want this notice as it is: a person must look. */
  | { readonly kind: 'Refused'; readonly detail: string };

export interface Channel {
  readonly name: string;
  readonly limits: ChannelLimits;
  /** Tells one notice. Expected failures are values. The same notice may be sent again after a crash: its id is the idempotency key. */
  send(notice: Notice): Promise<SendOutcome>;
}

export interface ChannelLimits {
  /** Notices in flight at once. */
  readonly concurrent: number;
  /** Notices started in any 60 s; absent = no limit. */
  readonly perMinute?: number;
}

export interface ChannelTools {
  readonly fetch: typeof fetch;
  /** Reads a mounted secret without its trailing newline; asked on every send, so that a rotated secret needs no restart. */
  readonly readSecret: (file: string) => Promise<string>;
  readonly clock: Clock;
}

/** Throws when the configuration lacks what the channel needs, naming the channel and the field. */
export type MakeChannel = (config: AlertChannel, tools: ChannelTools) => Channel;
