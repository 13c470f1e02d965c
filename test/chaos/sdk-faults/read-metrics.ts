// Numbers out of the text format of Prometheus.

/** Sum of the series of one metric whose labels fit. */
export function sumOf(text: string, name: string, labels: RegExp): number {
  return seriesOf(text, name)
    .filter((series) => labels.test(series.labels))
    .reduce((sum, { value }) => sum + value, 0);
}

/** `{layer="seccomp"} 1` → `{ seccomp: 1 }`. */
export function confinementOf(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    seriesOf(text, 'menshen_ingest_sdk_confinement').map(({ labels, value }) => [
      /layer="([^"]*)"/.exec(labels)?.[1] ?? labels,
      value,
    ]),
  );
}

function seriesOf(text: string, name: string): { labels: string; value: number }[] {
  return text.split('\n').flatMap((line) => {
    const [, labels, value] = line.startsWith(name) ? (/^\w+(\{.*\})? (\S+)$/.exec(line) ?? []) : [];
    return value === undefined ? [] : [{ labels: labels ?? '', value: Number(value) }];
  });
}
