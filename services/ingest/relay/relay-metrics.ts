// Metrics of the relay. Labels are fixed words: never a host, a caller or an address.
import { Counter, type Registry } from 'prom-client';
import type { RelayReport, SdkCall, UnverifiedCause } from './relayed-answer.ts';

/** Why a connection or a request was turned away before anything was sent to WeCom. */
export type RefusedWhy =
  | 'credential' // not our SDK host: another process of this machine
  | 'host' // CONNECT to anything but WeCom
  | 'request' // not one of the SDK's three calls, or too long
  | 'crowded' // more connections than are served at once: the oldest that has not shown a credential goes
  | 'slow' // no whole request in time
  | 'handshake' // the SDK closed before it asked: a build that verifies does not take our certificate
  | 'error'; // a mistake of ours, or of whoever listens to the reports: the call ends like a broken connection

export interface RelayMetrics {
  refused(why: RefusedWhy): void;
  unverified(cause: UnverifiedCause): void;
  reported(report: RelayReport): void;
}

export function createRelayMetrics(registry: Registry): RelayMetrics {
  const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
    new Counter({ name: `menshen_ingest_relay_${name}`, help, labelNames, registers: [registry] });
  const refused = counter('refused_total', 'Connections and requests turned away, by why.', ['why']);
  const unverified = counter(
    'unverified_total',
    'Connections given up because the peer was not WeCom, by cause. Nothing was sent to it. Above 0 somebody sits between.',
    ['cause'],
  );
  const calls = counter(
    'calls_total',
    'Calls of the SDK, by call and outcome: ok, errcode, or the reason of the fault.',
    ['call', 'outcome'],
  );
  const sent = counter('sent_total', 'Calls that reached WeCom and count against its quota, by call.', [
    'call',
  ]);
  const stopped = counter(
    'stopped_answers_total',
    'Answers kept from the SDK because it would end its process or cut a file, by call and why.',
    ['call', 'why'],
  );
  const bytes = counter(
    'bytes_total',
    'Bytes of bodies, or of tunnels, by direction: up to WeCom, down to the SDK.',
    ['direction'],
  );
  const outcome = (fault: { reason: string } | undefined, errcode: number | undefined): string =>
    fault?.reason ?? (errcode === 0 ? 'ok' : 'errcode');

  return {
    refused: (why) => refused.inc({ why }),
    unverified: (cause) => unverified.inc({ cause }),
    reported(report) {
      if (report.kind === 'Tunnel') {
        calls.inc({ call: 'tunnel', outcome: outcome(report.fault, 0) });
        bytes.inc({ direction: 'up' }, report.bytesUp);
        bytes.inc({ direction: 'down' }, report.bytesDown);
        return;
      }
      const call: SdkCall = report.call;
      calls.inc({ call, outcome: outcome(report.fault, report.errcode) });
      if (report.sent) sent.inc({ call });
      if (report.fault !== undefined && report.status !== undefined)
        stopped.inc({ call, why: report.fault.reason });
      bytes.inc({ direction: 'up' }, report.requestBytes);
      bytes.inc({ direction: 'down' }, report.answerBytes);
    },
  };
}
