export declare const PROGRAMS: readonly string[];
export declare function neededWorkspaces(root?: string): Promise<string[]>;
export declare function collectRuntime(target: string, root?: string): Promise<string[]>;
