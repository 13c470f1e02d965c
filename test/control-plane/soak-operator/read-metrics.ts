// Numbers from the text that a process gives Prometheus, as far as the soak needs them.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function readSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null) return [];
    const [, name = '', labels = '', value = ''] = found;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
      key,
      text,
    ]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** Passes by controller and result: `compliancepolicy success`. */
export function readPasses(samples: readonly Sample[]): Map<string, number> {
  return new Map(
    samples
      .filter(({ name }) => name === 'controller_runtime_reconcile_total')
      .map(({ labels, value }) => [`${labels['controller']} ${labels['result']}`, value]),
  );
}

export function isLeading(samples: readonly Sample[]): boolean {
  return samples.some(({ name, value }) => name === 'leader_election_master_status' && value === 1);
}
