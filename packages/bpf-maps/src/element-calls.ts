import { addon } from './native.ts';

/**
 * One system call on the key and value in a map's scratch memory, no allocation. Plain functions, not methods, that
 * take and give nothing: they are called by the million. See native/element.h.
 */
export interface ElementCalls {
  /** 32 bits each: which map, the flags of a lookup or update, and what came of it. See {@link Control}. */
  readonly elementControl: ArrayBuffer;
  lookup(): void;
  update(): void;
  remove(): void;
  take(): void;
}

/** What is where in `elementControl`, as an Int32Array. A slot that is none is answered with -EBADF. */
export const Control = Object.freeze({ slot: 0, flags: 1, result: 2 });

let control: Int32Array | undefined;

/** The addon's `elementControl`. */
export function elementControl(): Int32Array {
  control ??= new Int32Array(addon().elementControl);
  return control;
}
