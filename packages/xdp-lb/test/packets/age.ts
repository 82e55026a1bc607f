import { tickClock } from '../../src/clock.ts';
import type { Frame } from './frame.ts';
import type { DataPlane } from './harness.ts';

/** bpf/clock.h: TICK_BITS. */
const TICK_MASK = 2 ** 29 - 1;

/** Makes the last packet of a flow so many seconds older, for conntrack and for its NAT port. */
export function age(lb: DataPlane, request: Frame, seconds: number): void {
  const flow = lb.flow(request);
  const slot = flow && lb.maps.natSlots.get(flow.natSlot);
  if (!flow || !slot) throw new Error('there is no such flow, or it has no NAT port');
  const ticks = Math.ceil(seconds / tickClock().seconds);
  lb.setFlow(request, { ...flow, refreshed: (flow.refreshed - ticks) >>> 0 });
  const word = ((slot.word & ~TICK_MASK) | ((slot.word - ticks) & TICK_MASK)) >>> 0;
  lb.maps.natSlots.set(flow.natSlot, { ...slot, word });
}
