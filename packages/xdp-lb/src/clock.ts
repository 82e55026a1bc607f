import { native } from './native.ts';

/** The programs' unit of time; see bpf/clock.h. */
export interface TickClock {
  /** A tick is 2^shift jiffies. */
  readonly shift: number;
  /** How long a tick is, in seconds: between 0.18 and 0.36. */
  readonly seconds: number;
}

/** The tick that comes nearest to a quarter of a second on this kernel, whose jiffies depend on CONFIG_HZ. */
export function tickClock(): TickClock {
  const jiffy = native().jiffyNanoseconds() / 1e9;
  const shift = Math.max(0, Math.round(Math.log2(0.25 / jiffy)));
  return { shift, seconds: jiffy * 2 ** shift };
}
