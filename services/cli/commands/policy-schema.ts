// `menshen policy schema`: the JSON Schema by which editors complete and check policies.
import { toEditorSchema } from '@menshen/crds/editor-schema';
import { loadCrds } from '@menshen/crds/load-crds';
import { type Command, Refusal } from '../command.ts';

export const policySchema: Command = {
  name: 'policy schema',
  summary: 'print the JSON Schema by which editors complete and check policies',
  about: `Write it to a file and name that in the first line of a policy, for editors with the YAML language server (VS Code, Neovim, Emacs, Zed …):
  # yaml-language-server: $schema=./compliancepolicy.schema.json`,
  flags: [
    { name: 'kind', value: 'KIND', help: 'CompliancePolicy or WeComTenant (default: CompliancePolicy)' },
  ],
  async run(given, io) {
    const wanted = given.flags['kind'] ?? 'CompliancePolicy';
    const kinds = loadCrds();
    const found = kinds.find(({ kind }) => kind === wanted);
    if (found === undefined)
      throw new Refusal(
        'Usage',
        `--kind is ${JSON.stringify(wanted)}: it must be ${kinds.map(({ kind }) => kind).join(' or ')}`,
      );
    io.out(`${JSON.stringify(toEditorSchema(found), undefined, 2)}\n`);
    return 0;
  },
};
