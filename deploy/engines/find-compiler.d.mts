export interface Compiler {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly origin: string;
  readonly version: string;
}
export function findCompiler(say?: (line: string) => void): Promise<Compiler>;
