export function buildSdkHost(say?: (line: string) => void): Promise<string>;
export function installSdkHost(say?: (line: string) => void): Promise<string>;
