// In a pod, a path is the container's and a host is a Service. On a laptop both lie elsewhere: this rewrites what a process is told.

export interface Localisation {
  /** Path in the container → path on this machine. */
  readonly paths: ReadonlyMap<string, string>;
  /** `name.namespace.svc:port` → `127.0.0.1:port`. */
  readonly services: ReadonlyMap<string, string>;
  /** Port in the container → port on this machine. */
  readonly ports: ReadonlyMap<number, number>;
}

/** `--config=/etc/menshen/config.json` → the same with the local path; `--port=9464` → the local port. */
export function localiseArgument(argument: string, to: Localisation): string {
  const at = argument.indexOf('=');
  if (at === -1) return argument;
  const [flag, value] = [argument.slice(0, at), argument.slice(at + 1)];
  if (flag === '--port') return `${flag}=${localPort(Number(value), to)}`;
  return `${flag}=${localisePath(value, to)}`;
}

/** A path below a mount point moves to where the mount lies; anything else stays. */
export function localisePath(path: string, to: Localisation): string {
  for (const [mountPath, local] of to.paths)
    if (path === mountPath || path.startsWith(`${mountPath}/`)) return local + path.slice(mountPath.length);
  return path;
}

/**
 * A JSON file, with every path, Service address and numeric `port` moved. Text that is not JSON stays as it is.
 * Throws, naming it, when it speaks of a Service that no local process serves.
 */
export function localiseJson(text: string, to: Localisation): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return text;
  }
  return JSON.stringify(localiseValue(json, '', to), undefined, 2);
}

function localiseValue(value: unknown, key: string, to: Localisation): unknown {
  if (typeof value === 'string') return localiseServices(localisePath(value, to), to);
  if (typeof value === 'number') return key === 'port' ? localPort(value, to) : value;
  if (Array.isArray(value)) return value.map((item) => localiseValue(item, '', to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, localiseValue(child, name, to)]),
  );
}

const SERVICE_ADDRESS = /(?<=:\/\/)([a-z0-9][-a-z0-9.]*\.svc)(?:\.cluster\.local)?(:\d+)?/g;
const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  http: ':80',
  https: ':443',
  nats: ':4222',
  tls: ':4222',
};

function localiseServices(text: string, to: Localisation): string {
  return text.replace(SERVICE_ADDRESS, (_all, host: string, port: string | undefined, offset: number) => {
    const scheme = /([a-z]+):\/\/$/.exec(text.slice(0, offset))?.[1] ?? '';
    const address = `${host}${port ?? DEFAULT_PORTS[scheme] ?? ''}`;
    const local = to.services.get(address);
    if (local !== undefined) return local;
    const known = [...to.services.keys()].join(', ');
    throw new Error(`no process on this machine serves ${address}: local mode serves ${known}`);
  });
}

function localPort(port: number, to: Localisation): number {
  return to.ports.get(port) ?? port;
}
