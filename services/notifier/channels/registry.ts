// Every kind of channel there is.
import type { AlertChannel } from '@menshen/contracts/role-config';
import { makeAlertmanager } from './alertmanager.ts';
import type { Channel, ChannelTools, MakeChannel } from './channel.ts';
import { makeWebhook } from './webhook.ts';
import { makeWeComRobot } from './wecom-robot.ts';

const KINDS: Readonly<Record<AlertChannel['kind'], MakeChannel>> = {
  Webhook: makeWebhook,
  Alertmanager: makeAlertmanager,
  WeComRobot: makeWeComRobot,
};

/** The tenant's channels by name. Throws when one lacks what its kind needs. */
export function makeChannels(
  configs: readonly AlertChannel[],
  tools: ChannelTools,
): ReadonlyMap<string, Channel> {
  return new Map(configs.map((config) => [config.name, KINDS[config.kind](config, tools)]));
}
