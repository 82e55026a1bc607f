import { type AnyMap, BtfError, mapTypes, toTypeScript } from '@blixt/bpf-maps';

/** A map to be checked, and what is there to check it with. */
export interface Subject {
  /** Where it is pinned. */
  readonly pin: string;
  /** Where another object that make-maps.sh made is pinned. */
  other(name: string): string;
  /** The number of a descriptor of with-descriptors.c, or what else it tells. */
  number(name: string): number;
  /** A cgroup without processes. */
  readonly cgroup: string;
  /** A directory for files. */
  readonly scratch: string;
}

/** What was done with a map. */
export interface Finding {
  /** TypeScript's types of its keys and values. */
  readonly types: string;
  /** What this package read of what others wrote. */
  readonly read: string;
  /** What this package changed. */
  readonly changed: string;
  /** How others see the change. */
  readonly readBack: string;
}

/** Throws if anything is not as it must be. */
export type Check = (subject: Subject) => Finding | Promise<Finding>;

/** The names of the two last declarations of {@link toTypeScript}, or what they stand for. */
function declared(text: string, role: 'Key' | 'Value'): string {
  const pattern = new RegExp(
    `^export (?:interface (\\w+${role})\\b|type \\w+${role} = ([^;]*(?:;[^;]*)*?);$)`,
    'gm',
  );
  const last = [...text.matchAll(pattern)].at(-1);
  return (last?.[2] ?? last?.[1] ?? '?').replaceAll(/\s+/g, ' ');
}

/** TypeScript's types of a map's keys and values, as this package derives them. */
export function typesOf(map: AnyMap): string {
  try {
    const text = toTypeScript(map);
    return `${declared(text, 'Key')} → ${declared(text, 'Value')}`;
  } catch (error) {
    if (error instanceof BtfError && error.code === 'ERR_BPF_NO_BTF') return 'no BTF: bigint (u64) by codec';
    throw error;
  }
}

/** Why nobody reads such a map's values. */
export function unreadable(type: string): string {
  return mapTypes.find((description) => description.type === type)?.unsupported.get ?? '';
}
