export declare const PROGRAMS: readonly string[];
export declare function collectRuntime(target: string, root?: string): Promise<string[]>;
