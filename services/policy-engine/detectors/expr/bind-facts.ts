// The facts of a message as values of CEL. Only those that an expression names are made: reading addresses or languages costs.
import type { Sight } from '../../detector.ts';
import { readLanguages } from '../language/read-languages.ts';
import { readPersonalData } from '../personal-data/read-personal-data.ts';
import { readSecrets } from '../secrets/read-secrets.ts';
import { readUrls } from '../urls/read-urls.ts';
import type { VariableName } from './expression-environment.ts';

/** CEL's int is a 64-bit integer; the library wants a BigInt. */
type Values = Readonly<Record<string, unknown>>;

const BINDINGS: { readonly [Name in VariableName]: (sight: Sight) => unknown } = {
  messageType: ({ facts }) => facts.messageType,
  direction: ({ facts }) => facts.direction,
  conversation: ({ facts }) => facts.conversationKind,
  sender: ({ facts }) => ({ ...facts.sender, departments: [...facts.sender.departments] }),
  recipients: ({ facts: { recipients } }) => ({
    ids: [...recipients.ids],
    staff: BigInt(recipients.staff),
    external: BigInt(recipients.external),
    robot: BigInt(recipients.robot),
    unknown: BigInt(recipients.unknown),
    departments: [...recipients.departments],
  }),
  texts: ({ facts }) => facts.texts.map(({ text }) => text),
  text: ({ facts }) => facts.texts.map(({ text }) => text).join('\n'),
  files: ({ facts }) => facts.media.map(({ path, sizeBytes }) => ({ path, sizeBytes: BigInt(sizeBytes) })),
  stickers: ({ facts }) => facts.stickers.map(({ md5, format }) => ({ md5, format })),
  personalData: (sight) => kindsOf(sight.readTexts(readPersonalData).flat().filter(isValid)),
  secrets: (sight) => kindsOf(sight.readTexts(readSecrets).flat()),
  urls: (sight) =>
    sight
      .readTexts(readUrls)
      .flat()
      .map(({ host, domain, kinds }) => ({ host, domain, kinds: [...kinds] })),
  languages: (sight) => [
    ...new Set(
      sight
        .readTexts(readLanguages)
        .flat()
        .map(({ language }) => language),
    ),
  ],
};

const isValid = ({ validity }: { readonly validity: string }): boolean => validity === 'Valid';

/** Each as often as it is there, so that `size(personalData.filter(k, k == 'BankCard')) > 2` counts. */
const kindsOf = (facts: readonly { readonly kind: string }[]): string[] => facts.map(({ kind }) => kind);

/** Values of the named variables. */
export function bindFacts(names: readonly VariableName[], sight: Sight): Values {
  return Object.fromEntries(names.map((name) => [name, BINDINGS[name](sight)]));
}
