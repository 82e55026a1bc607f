/** Builds MetalLB's programs, unless the cache has them, and prints their paths. */
import { metalLbBinary } from './binaries.ts';

const report = (line: string): void => console.log(`metallb: ${line}`);
console.log(await metalLbBinary('controller', report));
console.log(await metalLbBinary('speaker', report));
