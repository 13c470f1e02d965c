// What the API server would have against objects of ours in a text, by the tree's own validator.
import { loadCrds } from '@menshen/crds/load-crds';
import { readDocuments } from '@menshen/crds/read-documents';
import { createManifestValidator } from '@menshen/crds/validate-manifest';

const validate = createManifestValidator({
  kinds: loadCrds(),
  matches: (text, pattern) => new RegExp(pattern, 'u').test(text),
});

export function problemsOf(text: string): unknown[] {
  const documents = readDocuments(text);
  if (documents.length === 0) return ['no document'];
  return documents.flatMap((read): readonly unknown[] => {
    if (!read.ok) return [read];
    const result = validate(read.document, { file: 'rendered' });
    return result.ok ? [] : result.problems;
  });
}
