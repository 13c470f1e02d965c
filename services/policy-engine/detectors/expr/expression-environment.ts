// What a CEL expression can ask of a message, by name and type: a wrong name or a comparison of unlike things is refused when the policy is
// compiled, not found out by a message.
import { Environment } from '@marcbachmann/cel-js';

/** Facts by the names that expressions use; the types are CEL's. */
export const VARIABLES = {
  messageType: 'string',
  direction: 'string',
  conversation: 'string',
  sender: 'Sender',
  recipients: 'Recipients',
  texts: 'list<string>',
  text: 'string',
  files: 'list<File>',
  stickers: 'list<Sticker>',
  personalData: 'list<string>',
  secrets: 'list<string>',
  urls: 'list<Url>',
  languages: 'list<string>',
} as const;

export type VariableName = keyof typeof VARIABLES;

const TYPES = {
  Sender: { id: 'string', kind: 'string', departments: 'list<string>' },
  Recipients: {
    ids: 'list<string>',
    staff: 'int',
    external: 'int',
    robot: 'int',
    unknown: 'int',
    departments: 'list<string>',
  },
  File: { path: 'string', sizeBytes: 'int' },
  Sticker: { md5: 'string', format: 'string' },
  Url: { host: 'string', domain: 'string', kinds: 'list<string>' },
};

/** An environment that knows exactly these variables. */
export function expressionEnvironment(): Environment {
  // The library's limits hold for what is written; what an expression costs for a message is bounded by estimate-cost.ts.
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    limits: { maxAstNodes: 500, maxDepth: 50 },
  });
  for (const [name, fields] of Object.entries(TYPES)) environment.registerType(name, { fields });
  for (const [name, type] of Object.entries(VARIABLES)) environment.registerVariable(name, type);
  return environment;
}
