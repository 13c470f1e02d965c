export interface CompilationUnit {
  readonly name: string;
  readonly sources: readonly string[];
  readonly headers?: readonly string[];
  readonly flags?: readonly string[];
  readonly say?: (line: string) => void;
}
export function compileC(unit: CompilationUnit): Promise<string>;
