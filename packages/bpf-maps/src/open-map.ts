import { deriveKey, deriveValue } from './btf/map-codecs.ts';
import { bytes } from './bytes.ts';
import { type Codec, checkCodec } from './codec.ts';
import { BpfError, BpfUsageError, describe, errnoName } from './errors.ts';
import { mapInfo } from './map-info.ts';
import { MapFlags } from './map-types.ts';
import type { NativeMap, NativeMapInfo } from './native.ts';
import { perCpu } from './per-cpu.ts';

/** What a map is opened for. */
export interface AccessOptions {
  /**
   * `read`: its elements cannot be changed by this descriptor, and the right to read the pin is enough (Linux 4.15).
   * `write`: they cannot be read. By default both. Not for `fromFd`: a descriptor has its access.
   */
  readonly access?: 'read' | 'write';
}

/** How to read a map that exists. */
export interface OpenOptions<K, V> extends AccessOptions {
  /** How keys are read; of the kernel's key size (`ERR_BPF_CODEC_SIZE`). */
  readonly key: Codec<K>;
  /** How values are read; of the kernel's value size (`ERR_BPF_CODEC_SIZE`). */
  readonly value: Codec<V>;
  /** Not for per-CPU maps (`ERR_BPF_MAP_TYPE`). */
  readonly perCpu?: false;
}

/** How to read a per-CPU map that exists. */
export interface OpenPerCpuOptions<K, V> extends AccessOptions {
  /** How keys are read; of the kernel's key size (`ERR_BPF_CODEC_SIZE`). */
  readonly key: Codec<K>;
  /** Of one CPU's value. */
  readonly value: Codec<V>;
  /** Says that the map has a value for each possible CPU. */
  readonly perCpu: true;
}

/** How to read a map's keys; its values by its BTF, as {@link DerivedOptions} has it. */
export interface OpenKeyOptions<K> extends AccessOptions {
  /** How keys are read; of the kernel's key size (`ERR_BPF_CODEC_SIZE`). */
  readonly key: Codec<K>;
}

/** How to read a map's values; its keys by its BTF, as {@link DerivedOptions} has it. */
export interface OpenValueOptions<V> extends AccessOptions {
  /** How values are read; of the kernel's value size (`ERR_BPF_CODEC_SIZE`). */
  readonly value: Codec<V>;
  /** Not for per-CPU maps (`ERR_BPF_MAP_TYPE`). */
  readonly perCpu?: false;
}

/** How to read a per-CPU map's values; its keys by its BTF, as {@link DerivedOptions} has it. */
export interface OpenPerCpuValueOptions<V> extends AccessOptions {
  /** Of one CPU's value. */
  readonly value: Codec<V>;
  /** Says that the map has a value for each possible CPU. */
  readonly perCpu: true;
}

/** How to read a map that exists, by what is known of it. */
export interface DerivedOptions extends AccessOptions {
  /**
   * By the map's BTF, or for types without it (arrays of maps, devmaps, …) by what the kernel lays down. Of a
   * per-CPU map, a value is an array. The default.
   */
  readonly codec?: 'btf';
}

/** How to read a map that exists without knowing what is in it. */
export interface RawOptions extends AccessOptions {
  /** Keys and values are bytes; of a per-CPU map, the slots of all CPUs, each a multiple of 8 bytes. */
  readonly codec: 'bytes';
}

/** @internal */
export interface AnyOpenOptions extends AccessOptions {
  readonly key?: Codec<unknown>;
  readonly value?: Codec<unknown>;
  readonly perCpu?: boolean;
  readonly codec?: 'btf' | 'bytes';
}

/** @internal The flags of BPF_OBJ_GET and BPF_MAP_GET_FD_BY_ID. */
export function accessFlags(options: AnyOpenOptions | undefined): number {
  const access = options?.access;
  switch (access) {
    case undefined:
      return 0;
    case 'read':
      return MapFlags.RDONLY;
    case 'write':
      return MapFlags.WRONLY;
    default:
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `access must be 'read' or 'write', got ${describe(access)}`,
      );
  }
}

/** @internal A map of the addon's, with codecs that fit it. */
export interface OpenedMap<K, V> {
  readonly native: NativeMap;
  readonly description: NativeMapInfo;
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}

/** @internal How the map was come by, for errors. */
export interface OpenDetails {
  readonly operation: string;
  readonly path?: string;
  readonly mapName?: string;
  readonly mapId?: number;
  /** What to do about an errno of this name. */
  readonly hint?: (code: string) => string | undefined;
  /** The descriptor is the caller's until the map has been opened. */
  readonly borrowed?: boolean;
}

/** @internal Checks codecs against the kernel's sizes; gives the map back (closed or released) if they do not fit. */
export function openMap(
  native: NativeMap | number,
  options: AnyOpenOptions | undefined,
  details: OpenDetails,
): OpenedMap<unknown, unknown> {
  if (typeof native === 'number') {
    const hint = details.hint?.(errnoName(-native));
    throw new BpfError({ ...details, errno: -native, hint });
  }
  try {
    const description = native.info();
    return { native, description, ...codecsFor(description, options, details) };
  } catch (error) {
    if (details.borrowed === true) native.release();
    else native.close();
    throw error;
  }
}

function titleOf(description: NativeMapInfo, details: OpenDetails): string {
  const name =
    description.name === '' ? `map ${description.id}` : `map '${description.name}' (id ${description.id})`;
  return details.path === undefined ? name : `${name} at ${details.path}`;
}

function codecsFor(
  description: NativeMapInfo,
  options: AnyOpenOptions | undefined,
  details: OpenDetails,
): { key: Codec<unknown>; value: Codec<unknown> } {
  if (options === undefined) return derived(description, details);
  if (typeof options !== 'object' || options === null) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `expected { key, value } with codecs, or { codec: 'btf' } or { codec: 'bytes' }, got ${describe(options)}`,
    );
  }
  const { key, value, codec } = options;
  if (key !== undefined || value !== undefined || options.perCpu !== undefined) {
    if (codec !== undefined) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', 'expected either codec, or key and value, got both');
    }
    return fit(description, options, details);
  }
  switch (codec) {
    case undefined:
    case 'btf':
      return derived(description, details);
    case 'bytes':
      return { key: bytes(description.keySize), value: bytes(description.valueBytes) };
    default:
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `codec must be 'btf' or 'bytes', got ${describe(codec)}`);
  }
}

function derived(
  description: NativeMapInfo,
  details: OpenDetails,
): { key: Codec<unknown>; value: Codec<unknown> } {
  const info = mapInfo(description);
  const title = titleOf(description, details);
  const key = deriveKey(info, title);
  const value = deriveValue(info, title);
  return { key, value: description.perCpu ? perCpu(value) : value };
}

function fit(
  description: NativeMapInfo,
  options: AnyOpenOptions,
  details: OpenDetails,
): { key: Codec<unknown>; value: Codec<unknown> } {
  const info = mapInfo(description);
  const title = titleOf(description, details);
  const { key = deriveKey(info, title), value = deriveValue(info, title) } = options;
  checkCodec(key, 'key');
  checkCodec(value, 'value');
  // Values by BTF are what they are; nobody has to say it.
  const said = options.perCpu ?? (options.value === undefined ? description.perCpu : false);
  if (description.perCpu !== said) {
    throw new BpfUsageError(
      'ERR_BPF_MAP_TYPE',
      description.perCpu
        ? `${title} is of type ${info.type}, which has a value for each CPU: open it with perCpu: true`
        : `${title} is of type ${info.type}, which has one value for all CPUs: open it without perCpu`,
    );
  }
  checkSize(title, 'keys', description.keySize, 'key', key);
  checkSize(title, 'values', description.valueSize, 'value', value);
  return { key, value: description.perCpu ? perCpu(value) : value };
}

function checkSize(title: string, what: string, expected: number, role: string, codec: Codec<unknown>): void {
  if (codec.size === expected) return;
  throw new BpfUsageError(
    'ERR_BPF_CODEC_SIZE',
    `${title} has ${what} of ${expected} bytes, but the ${role} codec is for ${codec.size} bytes`,
  );
}
