import { afterAll, beforeAll } from 'vitest';
import { makePinDirectory, type PinDirectory } from './bpffs.ts';

/** A directory in the BPF file system for the tests of the suite that calls this; it is gone after them. */
export function pinsForTests(): { readonly path: string } {
  let pins: PinDirectory | undefined;
  beforeAll(() => {
    pins = makePinDirectory();
  });
  afterAll(() => pins?.[Symbol.dispose]());
  return {
    get path() {
      if (pins === undefined) throw new Error('the directory is there when the tests begin, not before');
      return pins.path;
    },
  };
}
