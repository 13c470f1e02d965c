// What WeCom does not have: ways to look into the simulator and to steer it from another process, under /_simulator/.
import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import type { EntryDamage, LoggedMessage } from './message-log.ts';
import type { State } from './simulator.ts';

export interface ControlCall {
  readonly method: string;
  readonly path: string;
  readonly text: string;
}

/** Answers JSON, or NDJSON for the truth; 400 with the reason when the call is not understood. */
export function answerControl(state: State, call: ControlCall, response: ServerResponse): void {
  try {
    const body = control(state, call);
    const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(text);
  } catch (error) {
    response
      .writeHead(400, { 'Content-Type': 'text/plain' })
      .end(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function control(state: State, call: ControlCall): unknown {
  switch (`${call.method} ${call.path.slice('/_simulator/'.length)}`) {
    case 'GET truth':
      return state.log.all().map(truthLine).join('');
    case 'GET protocol-errors':
      return state.errors.list();
    case 'GET sent':
      return state.outgoing.list();
    case 'GET stats':
      return {
        ...state.served,
        messages: state.log.size(),
        released: state.log.released(state.options.clock.nowMs()),
      };
    case 'POST faults':
      state.faults.inject(JSON.parse(call.text) as Fault);
      return {};
    case 'POST tokens/invalidate':
      state.tokens.invalidateAll();
      return {};
    case 'POST rotate-key':
      return state.rotateKey();
    case 'POST append':
      return append(state, call.text);
    default:
      throw new Error(
        'known: GET truth, protocol-errors, sent, stats; POST faults, append, rotate-key, tokens/invalidate',
      );
  }
}

interface Appended {
  /** Plaintext of the message; msgid and msgtime are made when they are missing. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly damage?: EntryDamage;
}

/** NDJSON of `{message, damage?}`; the answer names seq and msgid of each. */
function append(state: State, text: string): { seq: number; msgid: string }[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => appendOne(state, JSON.parse(line) as Appended));
}

function appendOne(state: State, { message, damage }: Appended): { seq: number; msgid: string } {
  const nowMs = state.options.clock.nowMs();
  const msgid =
    typeof message['msgid'] === 'string'
      ? message['msgid']
      : `${900_000_000_000 + state.log.size()}_${nowMs}`;
  const plaintext = JSON.stringify({ ...message, msgid, msgtime: message['msgtime'] ?? nowMs });
  const source = {
    msgid,
    msgtype: String(message['msgtype'] ?? 'switch'),
    plaintext,
    media: {},
    planted: [],
  };
  const { seq } = state.log.append(source, {
    createdAtMs: nowMs,
    ...(damage === undefined ? {} : { damage }),
  });
  return { seq, msgid };
}

/** One line of the truth: `{seq, msgid, msgtype, publickeyVer, plaintext, media, planted, nearMiss?, damage?}`. */
export function truthLine(message: LoggedMessage): string {
  const { seq, msgid, msgtype, publickeyVer, plaintext, media, planted, nearMiss, damage } = message;
  return `${JSON.stringify({ seq: String(seq), msgid, msgtype, publickeyVer, plaintext, media, planted, nearMiss, damage })}\n`;
}
