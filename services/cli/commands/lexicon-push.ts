// `menshen lexicon push`: a word list into the object store, and the line by which policies refer to it.
import { readFile } from 'node:fs/promises';
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import { lexiconObjectKey } from '@menshen/contracts/policy-bundle';
import type { ObjectsConfig } from '@menshen/contracts/role-config';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { parseLexicon } from '@menshen/policy-engine/parse-lexicon';
import { type Command, type Given, Refusal } from '../command.ts';
import { STORE_FLAGS, storeOf } from '../open-store.ts';
import { FEED_FLAGS, followFeed } from '../word-list/follow-feed.ts';

export const lexiconPush: Command = {
  name: 'lexicon push',
  summary: 'put a word list into the object store, and print the line by which policies refer to it',
  about: `Checks FILE (UTF-8, one term a line, # begins a comment), stores it under its digest and prints the lexiconRef to paste under keywords,
domainsRef, listedIn or knownRef. The same list again changes nothing. The store is that of a tenant
(spec.storage.objects) that is to be judged by it: the operator finds it there within a minute, and brings it to every other tenant that the policy
selects.
With --from-url the list is a feed: fetched by HTTPS, brought into one form (each entry once, sorted) and stored like a file. Policies go on
naming a digest, so that a verdict says by which list it was made; --update and --patch-path carry the new digest to them:
  menshen lexicon push --from-url URL --every 1h --state feed.json --update policy.yaml --objects-folder DIR
  kubectl patch wcp links --type json -p "$(menshen lexicon push --from-url URL --patch-path /spec/rules/0/any/0/urls/listedIn/0/digest …)"
A feed that cannot be fetched or is no list any more changes nothing; with --every it is tried again the next time.`,
  positionals: ['FILE'],
  flags: [...FEED_FLAGS, ...STORE_FLAGS],
  async run(given, io) {
    const config = storeOf(given);
    if (given.flags['from-url'] !== undefined) {
      await followFeed(given, io, {
        store: (digest, bytes) => store(config, lexiconObjectKey(digest), bytes),
        show: (digest) => showReference(given, digest),
      });
      return 0;
    }
    const [path, more] = given.positionals;
    if (path === undefined || more !== undefined)
      throw new Refusal('Usage', 'give exactly one FILE: a word list with one term a line');
    const bytes = await readList(path);
    const parsed = parseLexicon(bytes);
    if (!parsed.ok) throw new Refusal('Failed', `${path}: ${parsed.message}`);
    const digest = contentDigest(bytes);
    const outcome = await store(config, lexiconObjectKey(digest), bytes);
    io.err(`${parsed.terms.length} terms, ${outcome === 'Existed' ? 'there already' : 'stored'}\n`);
    io.out(showReference(given, digest));
    return 0;
  },
};

const showReference = ({ flags }: Given, digest: Digest): string =>
  flags['patch-path'] === undefined
    ? `lexiconRef: { digest: "${digest}" }\n`
    : `${JSON.stringify([{ op: 'replace', path: flags['patch-path'], value: digest }])}\n`;

async function readList(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Refusal('Usage', `FILE is ${path}, which cannot be read (${code}): check the path`, error);
  }
}

async function store(config: ObjectsConfig, key: string, bytes: Uint8Array) {
  try {
    return await (await openObjectStore(config)).put(key, bytes, { ifAbsent: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(
      'Failed',
      `cannot store the list (${reason}): check the store's address and credentials`,
      error,
    );
  }
}
