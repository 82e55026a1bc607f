/** Builds MetalLB's controller, unless the cache has it, and prints its path. */
import { metalLbController } from './binary.ts';

console.log(await metalLbController((line) => console.log(`metallb: ${line}`)));
