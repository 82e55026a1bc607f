/**
 * How values of one BTF type are written and read: closures that were made once, from then on without a look at
 * the BTF. Writing expects zeros where the plan is not dense.
 */
export interface Plan {
  /** Bytes. */
  readonly size: number;
  /** Bytes, as C aligns it unless an attribute says otherwise. */
  readonly alignment: number;
  /** Does writing set every byte? */
  readonly dense: boolean;
  /** Scalars that reading yields: what a value costs. */
  readonly work: number;
  encode(value: unknown, view: DataView, at: number): void;
  decode(view: DataView, at: number): unknown;
}

/** A plan for what lies at a fixed distance from where its container begins. */
export type Placed = Pick<Plan, 'encode' | 'decode'>;

/** Sets `size` bytes to zero. */
export function clear(view: DataView, at: number, size: number): void {
  if (size > 128) {
    new Uint8Array(view.buffer, view.byteOffset + at, size).fill(0);
    return;
  }
  let done = 0;
  for (; done + 4 <= size; done += 4) view.setUint32(at + done, 0);
  for (; done < size; done++) view.setUint8(at + done, 0);
}
