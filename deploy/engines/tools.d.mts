export interface Tool {
  readonly path: string;
  readonly kind: 'binary' | 'library' | 'container';
  readonly origin: string;
}
export function toolCache(): string;
export function ensureTool(
  name: 'nats-server' | 'clickhouse' | 'zig',
  say?: (line: string) => void,
): Promise<Tool>;
