// Secrets: every kind of ours, passwords in any wording among them, against secretlint with its recommended rules, which know keys and no passwords.
import { listSecrets } from '@menshen/policy-engine/detectors/secrets';
import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { writeSecrets } from './detection-corpus-secrets.ts';
import {
  type Contest,
  type ContestOrder,
  plantInChat,
  searchAwaited,
  searchEach,
  withVersion,
} from './peer-contest.ts';

const PRESET = '@secretlint/secretlint-rule-preset-recommend';
const OPTIONS = { config: { rules: [{ id: PRESET, rule: creator }] }, noPhysicFilePath: true };

export function secretsContest(order: ContestOrder): Contest {
  const { messages, seed } = order;
  // It is on by default and costs half as much again; secretlint's own command switches it off, too.
  secretLintProfiler.setEnabled(false);
  const secrets = writeSecrets(4, seed).map(({ text }) => text);
  const chat = plantInChat(order, secrets);
  return {
    what: 'secrets',
    peer: withVersion('@secretlint/core'),
    messages,
    planted: chat.planted,
    ours: searchEach(chat.messages, (text) => listSecrets(text).length > 0),
    theirs: searchAwaited(chat.messages, async (text) => (await lint(text)).messages.length > 0),
  };
}

const lint = (content: string) =>
  lintSource({
    source: { content, filePath: 'message.txt', ext: '.txt', contentType: 'text' },
    options: OPTIONS,
  });
