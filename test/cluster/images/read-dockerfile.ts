// A Dockerfile as far as ours goes: stages, their instructions, arguments with defaults. What it does not know it refuses.
export interface Instruction {
  readonly word: string;
  /** The rest, continued lines joined, runs of white space made one. */
  readonly rest: string;
}

export interface Stage {
  readonly name: string | undefined;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** What an image tells a container runtime, in the words of the OCI image specification (config.md). */
export interface ImageConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** Throws at an instruction before the first FROM that is no ARG. */
export function readDockerfile(text: string): Stage[] {
  const defaults = new Map<string, string>();
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const { word, rest } of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (word === 'FROM') {
      const [, base = '', name] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      stages.push({
        name,
        base: base.replace(/^\$\{(\w+)\}$/, (_, arg) => defaults.get(arg) ?? ''),
        instructions: [],
      });
    } else if (stage !== undefined) stage.instructions.push({ word, rest });
    else if (word === 'ARG') defaults.set(rest.split('=')[0] ?? '', rest.slice(rest.indexOf('=') + 1));
    else throw new Error(`${word} before FROM`);
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  return lines
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '')
    .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
}

/** The commands of a stage, as a shell gets them. */
export const commandsOf = (stage: Stage): string[] =>
  stage.instructions.filter(({ word }) => word === 'RUN').map(({ rest }) => rest);

/** What the last stage says of the container; `base` is what its base says. COPY is not of it. Throws at what it does not know. */
export function configOf(stage: Stage, base: ImageConfig): ImageConfig {
  const config = { ...base };
  for (const { word, rest } of stage.instructions) {
    const read = READERS[word];
    if (read === undefined)
      throw new Error(`${word} of the Dockerfile is not understood here: teach read-dockerfile.ts`);
    Object.assign(config, read(rest, config));
  }
  return config;
}

const READERS: Readonly<Record<string, (rest: string, config: ImageConfig) => Partial<ImageConfig>>> = {
  LABEL: (rest, { Labels = {} }) => ({ Labels: { ...Labels, ...Object.fromEntries(pairs(rest)) } }),
  ENV: (rest, { Env }) => ({ Env: [...Env, ...pairs(rest).map(([key, value]) => `${key}=${value}`)] }),
  WORKDIR: (rest) => ({ WorkingDir: rest }),
  USER: (rest) => ({ User: rest }),
  EXPOSE: (rest, { ExposedPorts = {} }) => ({ ExposedPorts: { ...ExposedPorts, [`${rest}/tcp`]: {} } }),
  ENTRYPOINT: (rest) => ({ Entrypoint: JSON.parse(rest) as string[] }),
  COPY: () => ({}),
  // Kubernetes does not read it, and the OCI specification has no place for it.
  HEALTHCHECK: () => ({}),
};

/** `a=b c="d e"` → pairs. */
function pairs(rest: string): [string, string][] {
  return [...rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, key = '', quoted, plain = '']) => [
    key,
    quoted ?? plain,
  ]);
}
