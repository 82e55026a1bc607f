import type { MapOperation, MapType } from '@blixt/bpf-maps';
import type { Finding } from './subject.ts';

/** A map that was checked. */
export type Row = Passed | Failed;

interface Passed extends Finding {
  readonly type: MapType;
  /** What such a map does not do, and the reason that it gives. */
  readonly refused: ReadonlyArray<{ readonly operation: MapOperation; readonly reason: string }>;
}

interface Failed {
  readonly type: MapType;
  readonly failure: string;
}
