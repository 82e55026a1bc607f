import { describe, expect, it } from 'vitest';
import { missingCapabilities } from './privileges.ts';

const bits = (...numbers: number[]) =>
  numbers.reduce((set, number) => set | (1n << BigInt(number)), 0n).toString(16);

describe('missing capabilities', () => {
  it.each([
    ['of nobody', '0', ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON']],
    ['of root', '000001ffffffffff', []],
    ['of a process with just those', bits(12, 38, 39), []],
    ['of a process without CAP_PERFMON', bits(12, 39), ['CAP_PERFMON']],
    ['of a process without CAP_NET_ADMIN', bits(38, 39), ['CAP_NET_ADMIN']],
    ['when CAP_SYS_ADMIN stands in for CAP_BPF and CAP_PERFMON', bits(12, 21), []],
    ['when CAP_SYS_ADMIN is all there is', bits(21), ['CAP_NET_ADMIN']],
  ])('%s', (_, effective, missing) => {
    expect(missingCapabilities(effective)).toEqual(missing);
  });
});
