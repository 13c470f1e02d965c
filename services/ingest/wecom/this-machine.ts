// What the SDK file has to fit: processor and C library of the process that will load it, which are those of this one.
import type { SdkMachine } from './check-sdk-library.ts';

export function thisMachine(): SdkMachine {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return { arch: process.arch, glibc: report.header?.glibcVersionRuntime };
}
