import type { BtfValue } from './btf/btf-codec.ts';
import type { Codec } from './codec.ts';
import { CodecError, describe } from './errors.ts';
import { u32 } from './integers.ts';
import { BpfMap, openById } from './map.ts';
import type {
  AnyOpenOptions,
  DerivedOptions,
  OpenKeyOptions,
  OpenOptions,
  OpenPerCpuOptions,
  OpenPerCpuValueOptions,
  OpenValueOptions,
  RawOptions,
} from './open-map.ts';

/**
 * The value of an `array_of_maps` or a `hash_of_maps`: a map. Setting one puts a reference to it into the
 * outer map; getting one opens it anew, by its id (CAP_SYS_ADMIN), and the caller closes it.
 *
 * @param options - how to read inner maps, as for `BpfMap.openById`; by default by the BTF of each
 */
export function innerMap<K, V>(options: OpenOptions<K, V>): Codec<BpfMap<K, V>>;
export function innerMap<K, V>(options: OpenPerCpuOptions<K, V>): Codec<BpfMap<K, V[]>>;
export function innerMap<K, V = BtfValue>(options: OpenKeyOptions<K>): Codec<BpfMap<K, V>>;
export function innerMap<V, K = BtfValue>(options: OpenValueOptions<V>): Codec<BpfMap<K, V>>;
export function innerMap<V, K = BtfValue>(options: OpenPerCpuValueOptions<V>): Codec<BpfMap<K, V[]>>;
export function innerMap(options: RawOptions): Codec<BpfMap<Uint8Array, Uint8Array>>;
export function innerMap<K = BtfValue, V = BtfValue>(options?: DerivedOptions): Codec<BpfMap<K, V>>;
export function innerMap(options?: AnyOpenOptions): Codec<BpfMap<unknown, unknown>> {
  return Object.freeze({
    size: 4,
    alignment: 4,
    ctype: u32.ctype,
    // User space writes a file descriptor and reads an id (kernel/bpf/map_in_map.c).
    encode(value: BpfMap<unknown, unknown>, view: DataView, offset: number): void {
      if (!(value instanceof BpfMap)) {
        throw new CodecError('ERR_BPF_VALUE_TYPE', `expected a BpfMap, got ${describe(value)}`);
      }
      u32.encode(value.fd, view, offset);
    },
    decode(view: DataView, offset: number): BpfMap<unknown, unknown> {
      return openById(u32.decode(view, offset), options);
    },
  });
}
