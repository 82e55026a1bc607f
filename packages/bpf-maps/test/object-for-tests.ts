import { afterAll, beforeAll } from 'vitest';
import { type LoadedObject, loadObject } from './bpf-object.ts';

/** Where the programs and maps of an object are pinned. */
export interface PinnedObject {
  map(name: string): string;
  program(name: string): string;
}

/** Loads an object before the tests of the suite that calls this, and unloads it after them. */
export function objectForTests(source: string): PinnedObject {
  let object: LoadedObject | undefined;
  beforeAll(() => {
    object = loadObject(source);
  });
  afterAll(() => object?.[Symbol.dispose]());
  const pin = (path: string): string => {
    if (object === undefined) throw new Error(`${source} is loaded when the tests begin, not before`);
    return object.pin(path);
  };
  return { map: pin, program: (name) => pin(`../programs/${name}`) };
}
