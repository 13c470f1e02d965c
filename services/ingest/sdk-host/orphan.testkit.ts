// A program for a test: starts a host whose library hangs, says its process id, and waits to be killed.
// Arguments: host, library.
import { HostProcess } from './host-process.ts';

const [, , hostPath = '', libraryPath = ''] = process.argv;
const host = new HostProcess({ hostPath, libraryPath, memoryLimitBytes: 2 ** 29, relayPort: 9 });
const ready = await host.ready(10_000);
if (!ready.ok) throw new Error(ready.end.detail);
void host.exchange({ kind: 'Begin', corpId: 'ww1', secret: 's' }, 600_000);
console.log(host.pid);
