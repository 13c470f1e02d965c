// What is wrong with a manifest, in the words its author needs: which file and line, which field, what it holds, what to do.

export type FieldPath = readonly (string | number)[];

export interface FieldProblem {
  readonly path: FieldPath;
  /** The offending value as short JSON; empty where showing it says nothing. */
  readonly value: string;
  readonly message: string;
  /** What to do; empty when the message says it. */
  readonly remedy: string;
}

export interface ManifestProblem extends Omit<FieldProblem, 'path'> {
  /** File name as given by the caller. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** `WeComTenant menshen-demo/acme`, or `document` when it does not say what it is. */
  readonly object: string;
  /** `spec.alerting.channels[0].name`; empty for the whole document. */
  readonly path: string;
}

/** One line for a person: `tenant.yaml:12: WeComTenant menshen-demo/acme: spec.source.engine: "Foo" is not supported. Use Simulator.` */
export function formatProblem(problem: ManifestProblem): string {
  const where = [`${problem.file}:${problem.line}`, problem.object, problem.path].filter(
    (part) => part !== '',
  );
  const value = problem.value === '' ? '' : `${problem.value} `;
  const sentences = [problem.message, capital(problem.remedy)].filter((sentence) => sentence !== '');
  return `${where.join(': ')}: ${value}${sentences.map(ended).join(' ')}`;
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const ended = (sentence: string): string => (/[.?]$/.test(sentence) ? sentence : `${sentence}.`);

/** `['spec', 'rules', 0, 'name']` → `spec.rules[0].name`, as kubectl writes it. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

const LONGEST_VALUE = 60;

/** Short JSON of a scalar; empty for objects and lists, which would only repeat the file. */
export function formatValue(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && value !== null)) return '';
  const json = JSON.stringify(value);
  return json.length <= LONGEST_VALUE ? json : `${json.slice(0, LONGEST_VALUE - 1)}…`;
}
