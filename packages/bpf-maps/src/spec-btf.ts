import { Btf, btfBytes } from './btf/btf.ts';
import { BtfWriter } from './btf/btf-writer.ts';
import type { CheckedSpec } from './check-spec.ts';
import { refuse } from './check-spec.ts';
import type { Codec } from './codec.ts';
import { C_INT, type CType, cBytes, isCType } from './ctype.ts';
import { describe } from './errors.ts';
import type { MapBtfSpec } from './map-spec.ts';
import { type MapType, STORAGES } from './map-types.ts';

/** The BTF that a map is to be created with. */
export interface SpecBtf {
  readonly bytes: Uint8Array;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  /** May the map be created without it, if the kernel does not take it? */
  readonly optional: boolean;
}

/** Types whose keys the kernel wants to be integers of 32 bits, by BTF too (kernel/bpf/arraymap.c and others). */
const INTEGER_KEYS: ReadonlySet<MapType> = new Set(['array', 'percpu_array', ...STORAGES]);

/** Types that take BTF of what users keep in them; libbpf gives others none either (libbpf.c: bpf_map_create). */
const DESCRIBED: ReadonlySet<MapType> = new Set([
  ...INTEGER_KEYS,
  'hash',
  'lru_hash',
  'percpu_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'bloom_filter',
  'cgroup_storage',
  'percpu_cgroup_storage',
]);

function checkId(id: unknown, what: string): number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0x7fff_ffff) return id;
  return refuse(`${what} must be the id of a type, got ${describe(id)}`);
}

function given({ types, keyTypeId = 0, valueTypeId }: MapBtfSpec): SpecBtf {
  if (!(types instanceof Btf || types instanceof Uint8Array)) {
    refuse(`btf.types must be a Btf, or a Uint8Array with one, got ${describe(types)}`);
  }
  return {
    bytes: types instanceof Btf ? btfBytes(types) : types,
    keyTypeId: checkId(keyTypeId, 'btf.keyTypeId'),
    valueTypeId: checkId(valueTypeId, 'btf.valueTypeId'),
    optional: false,
  };
}

function typeOf({ ctype }: Codec<unknown>, what: string): CType | undefined {
  if (ctype === undefined || isCType(ctype)) return ctype;
  return refuse(`ctype of the ${what} codec must be a type of C (see CType), or undefined`);
}

/** From the codecs; undefined where they do not tell C types, or the map's type takes none. */
function derived({ kind, key, value }: CheckedSpec): SpecBtf | undefined {
  if (!DESCRIBED.has(kind)) return undefined;
  const required = STORAGES.has(kind);
  const keyType = INTEGER_KEYS.has(kind) ? C_INT : typeOf(key, 'key');
  const valueType = typeOf(value, 'value') ?? (required ? cBytes(value.size) : undefined);
  if (valueType === undefined || (keyType === undefined && key.size > 0)) return undefined;
  const writer = new BtfWriter();
  return {
    keyTypeId: keyType === undefined ? 0 : writer.add(keyType),
    valueTypeId: writer.add(valueType),
    bytes: writer.bytes(),
    optional: !required,
  };
}

/** What the option `btf` says. */
export function specBtf(spec: CheckedSpec, btf: unknown): SpecBtf | undefined {
  switch (btf) {
    case undefined:
      return derived(spec);
    case false:
      if (STORAGES.has(spec.kind)) refuse(`a ${spec.kind} cannot be created without BTF`);
      return undefined;
    case true: {
      const found = derived(spec);
      if (found === undefined) {
        refuse(
          DESCRIBED.has(spec.kind)
            ? 'btf: true needs codecs that tell their C types (ctype), with names that C has'
            : `btf: true is not for maps of type ${spec.kind}: the kernel, or libbpf, gives them none`,
        );
      }
      return { ...found, optional: false };
    }
    default:
      if (typeof btf !== 'object' || btf === null || !('types' in btf)) {
        refuse(`btf must be true, false, or { types, keyTypeId, valueTypeId }, got ${describe(btf)}`);
      }
      return given(btf as MapBtfSpec);
  }
}
