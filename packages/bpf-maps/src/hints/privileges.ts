import { readFileSync } from 'node:fs';

/** Numbers of include/uapi/linux/capability.h. */
const CAPABILITIES = Object.freeze({
  CAP_NET_ADMIN: 12n,
  CAP_SYS_ADMIN: 21n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
});

export type Capability = keyof typeof CAPABILITIES;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** This process's effective capabilities; undefined where /proc does not tell. */
function effective(): bigint | undefined {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status'))?.[1];
  return mask === undefined ? undefined : BigInt(`0x${mask}`);
}

function has(mask: bigint, capability: Capability): boolean {
  return ((mask >> CAPABILITIES[capability]) & 1n) === 1n;
}

/** Capabilities in another user namespace than the first do not count for bpf(2): that maps all ids onto themselves. */
function inUserNamespace(): boolean {
  const map = read('/proc/self/uid_map').trim();
  return map !== '' && !/^0\s+0\s+4294967295$/.test(map);
}

/** What {@link lackOf} says of a process whose capabilities are not those of the system. */
export const IN_NAMESPACE = 'the process is in a user namespace, whose capabilities do not count for bpf(2)';

/**
 * What this process lacks of the `wanted` capabilities; undefined if it lacks none. CAP_SYS_ADMIN stands for the
 * others (kernel/bpf/token.c: bpf_ns_capable).
 */
export function lackOf(...wanted: readonly Capability[]): string | undefined {
  const mask = effective();
  const missing = wanted.filter(
    (capability) => mask === undefined || !(has(mask, capability) || has(mask, 'CAP_SYS_ADMIN')),
  );
  if (missing.length === 0) return inUserNamespace() ? IN_NAMESPACE : undefined;
  const names = missing.join(' and ');
  const instead = missing.includes('CAP_SYS_ADMIN') ? '' : ', or CAP_SYS_ADMIN in its place';
  const mine = mask?.toString(16) ?? 'not known';
  return `the process lacks ${names}${instead} (its effective capabilities, CapEff in /proc/self/status: ${mine})`;
}

/** Whether bpf(2) is closed to processes without CAP_BPF (Documentation/admin-guide/sysctl/kernel.rst). */
export function unprivilegedDisabled(): boolean {
  return read('/proc/sys/kernel/unprivileged_bpf_disabled').trim() !== '0';
}
