// What WeCom does not have: ways to look into the simulator and to steer it from another process, under /_simulator/.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { appendMessages } from './append-messages.ts';
import type { Circumstance } from './circumstances.ts';
import type { ConsentEntry } from './corporation.ts';
import type { Fault } from './faults.ts';
import type { LoggedMessage } from './message-log.ts';
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
    if (body instanceof Readable) {
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
      // Whoever stops reading ends the stream with it.
      body.pipe(response).once('close', () => body.destroy());
      return;
    }
    response
      .writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' })
      .end(`${JSON.stringify(body)}\n`);
  } catch (error) {
    response
      .writeHead(400, { 'Content-Type': 'text/plain' })
      .end(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function control(state: State, call: ControlCall): unknown {
  switch (`${call.method} ${call.path.slice('/_simulator/'.length)}`) {
    case 'GET truth':
      return Readable.from(truthBlocks(state.log.all()));
    case 'GET protocol-errors':
      return state.errors.list();
    case 'GET sent':
      return state.outgoing.list();
    case 'GET stats':
      return stats(state);
    case 'POST faults':
      state.faults.inject(JSON.parse(call.text) as Fault);
      return {};
    case 'POST tokens/invalidate':
      state.tokens.invalidateAll();
      return {};
    case 'POST rotate-key':
      return state.rotateKey();
    case 'POST directory':
      state.change(JSON.parse(call.text) as Readonly<Record<string, unknown>>);
      return {};
    case 'POST circumstances':
      state.changeCircumstances(JSON.parse(call.text) as Readonly<Record<string, unknown>>);
      return {};
    case 'GET coverage':
      return coverageTruth(state);
    case 'POST append':
      return appendMessages(state, call.text, state.options.clock.nowMs());
    default:
      throw new Error(
        'known: GET truth, coverage, protocol-errors, sent, stats; POST faults, append, circumstances, directory, rotate-key, tokens/invalidate',
      );
  }
}

/** What `GET coverage` answers: what a coverage report has to show, as the simulator itself knows it. */
export interface CoverageTruth {
  readonly circumstances: readonly Circumstance[];
  /** Consents that are not agreement. */
  readonly refusals: readonly ConsentEntry[];
  /** seqs of messages that exist but were never archived. */
  readonly withheld: readonly string[];
  readonly members: readonly string[];
  /** Seats in force. */
  readonly seats: readonly string[];
}

function coverageTruth(state: State): CoverageTruth {
  const { circumstances, corporation, log, options } = state;
  const nowMs = options.clock.nowMs();
  return {
    circumstances: circumstances.list(),
    refusals: corporation.consents.filter(({ status }) => status === 'Disagree'),
    withheld: log
      .all()
      .filter((message) => message.createdAtMs <= nowMs && !circumstances.admits(message))
      .map(({ seq }) => String(seq)),
    members: corporation.staff.map(({ userid }) => userid),
    seats: circumstances.visible(corporation).permits,
  };
}

/** What `GET stats` answers. */
export interface SimulatorStats {
  /** Answered getchatdata calls; refused ones do not count. */
  readonly pulls: number;
  /** Entries in those answers; an entry served twice counts twice. */
  readonly entries: number;
  /** Ciphertext bytes of media in answers of getchatmediadata. */
  readonly mediaBytes: number;
  /** Messages of the story and appended ones, whether they exist already or are still to come. */
  readonly messages: number;
  /** Those that exist now. */
  readonly released: number;
}

function stats(state: State): SimulatorStats {
  return {
    ...state.served,
    messages: state.log.size(),
    released: state.log.released(state.options.clock.nowMs()),
  };
}

const LINES_AT_ONCE = 500;

/** The truth of this moment in blocks of lines: the whole of a long story does not fit into one string. */
function* truthBlocks(all: readonly LoggedMessage[]): Generator<string> {
  const end = all.length;
  for (let from = 0; from < end; from += LINES_AT_ONCE)
    yield all
      .slice(from, Math.min(end, from + LINES_AT_ONCE))
      .map(truthLine)
      .join('');
}

/** One line of the truth: `{seq, msgid, msgtype, publickeyVer, plaintext, media, planted, nearMiss?, damage?}`. */
export function truthLine(message: LoggedMessage): string {
  const { seq, msgid, msgtype, publickeyVer, plaintext, media, planted, nearMiss, damage } = message;
  return `${JSON.stringify({ seq: String(seq), msgid, msgtype, publickeyVer, plaintext, media, planted, nearMiss, damage })}\n`;
}
