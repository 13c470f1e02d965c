// What the simulator is told to generate, what it says it generated, and how messages of one's own are put into it.
import { createHash } from 'node:crypto';
import type { TrueMessage } from '../results/compare-with-truth.ts';
import type { DemoArguments } from './read-arguments.ts';
import type { PlainMessage } from './read-plain-messages.ts';
import type { SimulatorFacts } from './start-simulator.ts';

/** Arguments of the simulator for a run. Messages of a file are appended later, so then it generates none. */
export function simulatorArguments(
  args: DemoArguments,
  plain: readonly PlainMessage[] | undefined,
  stateFolder: string,
): string[] {
  const messages = plain === undefined ? args.messages : 0;
  const rate = plain === undefined && args.rate > 0 ? [`--rate=${args.rate}`] : [];
  return ['--port=0', `--state=${stateFolder}`, `--messages=${messages}`, `--seed=${args.seed}`, ...rate];
}

/** Messages the simulator has to give by now: with a rate, those to come are not counted. */
export async function countGenerated(simulator: SimulatorFacts): Promise<number> {
  const stats = (await ask(simulator, 'stats')) as { readonly released: number };
  return stats.released;
}

/** Every message it ever had, by the digest of its exact bytes, with what is planted in it. */
export async function readTruth(simulator: Pick<SimulatorFacts, 'url'>): Promise<TrueMessage[]> {
  const answer = await fetch(`${simulator.url}/_simulator/truth`);
  if (!answer.ok) throw new Error(`the simulator does not tell its truth: ${answer.status}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { seq, msgid, plaintext, planted } = JSON.parse(line) as Omit<TrueMessage, 'sha256'> & {
      readonly plaintext: string;
    };
    return { seq, msgid, sha256: createHash('sha256').update(plaintext).digest('hex'), planted };
  });
}

/** What the simulator, which is stricter than WeCom, found wrong with the requests it got. */
export async function readProtocolErrors(simulator: SimulatorFacts): Promise<string[]> {
  const errors = (await ask(simulator, 'protocol-errors')) as readonly {
    readonly path: string;
    readonly problem: string;
  }[];
  return errors.map(({ path, problem }) => `${path}: ${problem}`);
}

/** Puts plain messages into the simulator, which gives them out sealed like any other. */
export async function appendPlainMessages(
  simulator: SimulatorFacts,
  messages: readonly PlainMessage[],
): Promise<void> {
  for (let at = 0; at < messages.length; at += BATCH) {
    const lines = messages
      .slice(at, at + BATCH)
      .map((message) => JSON.stringify({ message: asWeCom(message) }));
    await ask(simulator, 'append', lines.join('\n'));
  }
}

const BATCH = 1000;

/** A text message as WeCom writes it; one to a single recipient is a direct conversation, others need a group. */
function asWeCom(message: PlainMessage): object {
  const members = [message.from, ...message.to].sort();
  return {
    msgid: message.id,
    action: 'send',
    from: message.from,
    tolist: message.to,
    roomid:
      message.to.length === 1
        ? ''
        : `wr${createHash('sha256').update(members.join()).digest('hex').slice(0, 30)}`,
    msgtime: message.timeMs,
    msgtype: 'text',
    text: { content: message.text },
  };
}

async function ask(simulator: SimulatorFacts, what: string, body?: string): Promise<unknown> {
  const answer = await fetch(
    `${simulator.url}/_simulator/${what}`,
    body === undefined ? {} : { method: 'POST', body },
  );
  if (!answer.ok) throw new Error(`the simulator refuses ${what}: ${(await answer.text()).trim()}`);
  return await answer.json();
}
