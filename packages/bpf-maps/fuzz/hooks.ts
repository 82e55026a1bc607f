import { addon } from '../src/native.ts';

/** What native/hooks.cc adds to the addon of the sanitized build. */
export interface FuzzHooks {
  canary(kind: string, fd: number): void;
  openProgram(path: string): number;
  runProgram(fd: number, times: number): number;
  limitDescriptors(count: number): number;
  interrupt(microseconds: number): number;
  allocatedBytes(): number;
}

/** @throws Error if another addon was loaded */
export function fuzzHooks(): FuzzHooks {
  const exports: object & { readonly fuzz?: FuzzHooks } = addon();
  if (exports.fuzz === undefined) throw new Error('this is not the addon of the sanitized build');
  return exports.fuzz;
}
