import { readFileSync } from 'node:fs';
import { LoadBalancerError } from './errors.ts';

/** Bits of the capability sets (include/uapi/linux/capability.h). */
const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

/** Those that the data plane needs; CAP_SYS_ADMIN stands in for CAP_BPF and CAP_PERFMON. */
const NEEDED = ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'] as const;

/**
 * The needed capabilities that are not in a set, which is the hexadecimal number that proc(5) shows as CapEff.
 */
export function missingCapabilities(effective: string): string[] {
  const set = BigInt(`0x${effective}`);
  const has = (name: keyof typeof CAPABILITIES) => ((set >> BigInt(CAPABILITIES[name])) & 1n) === 1n;
  return NEEDED.filter((name) => !has(name) && (name === 'CAP_NET_ADMIN' || !has('CAP_SYS_ADMIN')));
}

/**
 * Finds missing capabilities before anything is made.
 *
 * @throws LoadBalancerError `ERR_LB_PRIVILEGE`, naming them
 */
export function checkPrivileges(): void {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))?.[1];
  const missing = effective === undefined ? [] : missingCapabilities(effective);
  if (missing.length > 0) {
    throw new LoadBalancerError(
      'ERR_LB_PRIVILEGE',
      `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing: run as root, or with ${NEEDED.join(', ')}`,
    );
  }
}
