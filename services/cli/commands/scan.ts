// `menshen scan`: the findings that policies make in the messages of a file, and on demand why and why not.

import type { Finding } from '@menshen/contracts/finding';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import { explainMessage, type RuleExplanation, reasonOf } from '@menshen/policy-engine/explain-message';
import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import { type Command, oneOf, Refusal, required } from '../command.ts';
import { followMessages } from '../follow-messages.ts';
import { type LoadedPolicies, loadPolicies } from '../load-policies.ts';
import type { FileMessage } from '../message-file/message-line.ts';
import { ABOUT_INPUT, INPUT_FLAGS, openMessages } from '../message-file/open-messages.ts';
import { createFactMaker } from '../message-file/to-scan-facts.ts';
import { printable } from './facts.ts';

export const scan: Command = {
  name: 'scan',
  summary: 'the findings that the policies of a folder make in the messages of a file',
  about: `Judges every message of a file by every policy of a folder, with the code that judges live messages, and prints each finding with its
evidence and reason (what the rule's description says). start and end count UTF-16 code units; end is not included. What a message does not say (direction, kind of sender) is unknown, and
unknown matches every scope; a conversation that is not said is a group when there are several recipients. Bursts are counted over the file; model servers are not
asked, so a condition model does not hold. A policy that is not valid is named with file, line, field and remedy and left out; the exit code is 1 then.
${ABOUT_INPUT}`,
  flags: [
    {
      name: 'policies',
      value: 'DIR',
      help: 'folder of CompliancePolicy files (and .txt lexicons), or one file',
    },
    ...INPUT_FLAGS,
    { name: 'output', value: 'FORMAT', help: 'ndjson, json or table (default: ndjson)' },
    {
      name: 'explain',
      help: 'say for every message and rule why it holds or why not, instead of the findings',
    },
  ],
  async run(given, io) {
    const output = oneOf(given, 'output', ['ndjson', 'json', 'table']);
    const loaded = loadPolicies('--policies', required(given, 'policies', 'deploy/policies'));
    for (const problem of loaded.problems) io.err(`${problem}\n`);
    if (loaded.policies.length === 0)
      throw new Refusal(
        'Failed',
        `there is no valid policy in ${given.flags['policies']}: write one, or correct what is named above`,
      );
    const file = openMessages(given, io.input);
    const rowsOf = given.flags['explain'] === undefined ? findRows(loaded) : explainRows(loaded);
    const render = createRenderer(output);
    io.out(output === 'json' ? '[\n' : '');
    const { badLines, messages } = await followMessages(file, io, (message) =>
      rowsOf(message)
        .map((row) => render(row, message))
        .join(''),
    );
    io.out(output === 'json' ? '\n]\n' : '');
    io.err(`${messages} messages, ${loaded.policies.length} policies\n`);
    return badLines + loaded.problems.length === 0 ? 0 : 1;
  },
};

/** A line of the answer. */
type Row = ReturnType<typeof findingRow> | (RuleExplanation & { readonly line: number; readonly id: string });

function findRows(loaded: LoadedPolicies): (message: FileMessage) => Row[] {
  const { engine } = compilePolicySet(loaded.policies, loaded.lexicons);
  const toFacts = createFactMaker(engine.recentSeconds);
  const specs = specsOf(loaded);
  return (message) =>
    evaluate(engine, toFacts(message)).map((finding) => findingRow(message, finding, specs));
}

function findingRow({ line, id }: FileMessage, finding: Finding, specs: ReadonlyMap<string, PolicySpec>) {
  const { rule, severity, mode, evidence } = finding;
  const policy = `${finding.policy.namespace}/${finding.policy.name}`;
  const reason = reasonOf(specs.get(policy) ?? {}, rule);
  return { line, id, policy, rule, severity, mode, reason, evidence };
}

const specsOf = ({ policies }: LoadedPolicies): ReadonlyMap<string, PolicySpec> =>
  new Map(policies.map(({ namespace, name, spec }) => [`${namespace}/${name}`, spec]));

function explainRows(loaded: LoadedPolicies): (message: FileMessage) => Row[] {
  const { engine } = compilePolicySet(loaded.policies, loaded.lexicons);
  const toFacts = createFactMaker(engine.recentSeconds);
  const specs = specsOf(loaded);
  return (message) =>
    explainMessage(engine, toFacts(message), specs).map((explanation) => ({
      line: message.line,
      id: message.id,
      ...explanation,
    }));
}

function createRenderer(output: 'ndjson' | 'json' | 'table'): (row: Row, message: FileMessage) => string {
  if (output === 'ndjson') return (row) => `${JSON.stringify(row)}\n`;
  if (output === 'table') return (row, message) => tableRow(row, message);
  let separator = '';
  return (row) => {
    const text = `${separator}${JSON.stringify(row)}`;
    separator = ',\n';
    return text;
  };
}

function tableRow(row: Row, { text }: FileMessage): string {
  const where = `${String(row.line).padEnd(6)} ${row.id.padEnd(16)} `;
  const rule = `${row.policy} ${row.rule}`;
  if ('because' in row) {
    const reason = row.holds && row.reason !== '' ? `. ${row.reason}` : '';
    return `${where}${(row.holds ? 'yes' : 'no').padEnd(4)} ${rule}: ${row.because}${reason}\n`;
  }
  const shown = row.evidence
    .map(({ start, end, text: seen }) => `${start}-${end} ${printable(seen)}`)
    .join(' | ');
  return `${where}${row.severity.padEnd(8)} ${rule}: ${shown === '' ? printable(text.slice(0, 40)) : shown}\n`;
}
