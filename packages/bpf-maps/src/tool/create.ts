import {
  type AnyMap,
  BpfMap,
  type Codec,
  type MapBtfSpec,
  MapFlags,
  type MapSpec,
  type MapType,
  mapTypes,
  u32,
  u64,
} from '../index.ts';
import { type ElementType, elementType, type NamedBtf } from './element-type.ts';
import { onlyReference, openReference } from './map-reference.ts';
import { aType } from './map-title.ts';
import { loadBtf } from './named-types.ts';
import type { Output } from './output.ts';
import { usageError } from './tool-error.ts';

/** What `create` is to make. */
export interface CreateOptions {
  readonly type: string;
  readonly key?: string;
  readonly value?: string;
  readonly maxEntries?: number;
  readonly name?: string;
  readonly flags?: string;
  readonly innerMap?: string;
  readonly numaNode?: number;
  readonly hashes?: number;
  readonly btf?: string;
}

function typeOf(text: string): MapType {
  const type = mapTypes.find((candidate) => candidate.type === text)?.type;
  if (type !== undefined) return type;
  throw usageError(`--type ${text}: expected one of ${mapTypes.map((known) => known.type).join(', ')}`);
}

function flagsOf(text: string): number {
  if (/^(?:\d+|0x[0-9a-f]+)$/i.test(text)) return Number(text);
  const known: Readonly<Record<string, number>> = MapFlags;
  return text.split(/[,|]/).reduce((flags, name) => {
    const flag = Object.hasOwn(known, name) ? known[name] : undefined;
    if (flag === undefined) {
      throw usageError(
        `--flags ${text}: expected a number, or names such as ${Object.keys(MapFlags).slice(0, 3).join(',')}, got '${name}'`,
      );
    }
    return (flags | flag) >>> 0;
  }, 0);
}

/** Keys and values of the map, by what was said, or else by what the type demands. */
class Elements {
  readonly #type: MapType;
  readonly #options: CreateOptions;
  readonly #btf: NamedBtf | undefined;

  constructor(type: MapType, options: CreateOptions) {
    this.#type = type;
    this.#options = options;
    this.#btf = options.btf === undefined ? undefined : { types: loadBtf(options.btf), source: options.btf };
  }

  get key(): Codec<unknown> {
    const given = this.#given('key')?.codec;
    // Of a type by default, BTF that was given may have no name.
    return given ?? (this.#btf === undefined ? this.#defaultKey() : undefined) ?? this.#missing('key');
  }

  get value(): Codec<unknown> {
    return this.#given('value')?.codec ?? this.#defaultValue() ?? this.#missing('value');
  }

  /** The BTF that the map gets: where only sizes were said, none. */
  get description(): { readonly btf?: false | MapBtfSpec } {
    const [key, value] = [this.#given('key'), this.#given('value')];
    if (this.#btf !== undefined && value?.btfId !== undefined) {
      return {
        btf: {
          types: this.#btf.types,
          valueTypeId: value.btfId,
          ...(key?.btfId === undefined ? {} : { keyTypeId: key.btfId }),
        },
      };
    }
    return [key, value].every((side) => side?.raw !== false) ? { btf: false } : {};
  }

  #given(side: 'key' | 'value'): ElementType | undefined {
    const text = this.#options[side];
    return text === undefined ? undefined : elementType(`--${side}`, text, this.#btf);
  }

  #defaultKey(): Codec<unknown> | undefined {
    const { key } = this.#described;
    if (key.includes('cgroup id, __u64')) return u64;
    return /__u32$/.test(key) ? u32 : undefined;
  }

  #defaultValue(): Codec<unknown> | undefined {
    return this.#described.value.startsWith('written: ') ? u32 : undefined;
  }

  get #described() {
    return mapTypes.find(({ type }) => type === this.#type) ?? { key: '', value: '' };
  }

  #missing(side: 'key' | 'value'): never {
    throw usageError(
      `--${side}: ${aType(this.#type)} needs it, a number of bytes or a type such as u32 (of the ${side}: ${this.#described[side]})`,
    );
  }
}

/** The specification; `innerMap` is the pattern of a map of maps. */
function specOf(type: MapType, options: CreateOptions, innerMap: AnyMap | undefined): MapSpec {
  const elements = new Elements(type, options);
  const { name, flags, numaNode, hashes } = options;
  const base = {
    ...(name === undefined ? {} : { name }),
    ...(flags === undefined ? {} : { flags: flagsOf(flags) }),
  };
  const sized = () => {
    const { maxEntries } = options;
    if (maxEntries === undefined) throw usageError(`--max-entries: ${aType(type)} needs it`);
    return { ...base, maxEntries, ...(numaNode === undefined ? {} : { numaNode }) };
  };
  switch (type) {
    case 'queue':
    case 'stack':
      return { type, value: elements.value, ...sized() };
    case 'bloom_filter': {
      const { value, description } = elements;
      return { type, value, ...description, ...sized(), ...(hashes === undefined ? {} : { hashes }) };
    }
    case 'ringbuf':
    case 'user_ringbuf':
    case 'arena':
      return { type, ...sized() };
    case 'sk_storage':
    case 'inode_storage':
    case 'task_storage':
    case 'cgrp_storage':
      // The kernel wants BTF of these.
      return { type, value: elements.value, ...base };
    case 'cgroup_storage':
    case 'percpu_cgroup_storage':
      return { type, key: elements.key, value: elements.value, ...elements.description, ...base };
    case 'array_of_maps':
    case 'hash_of_maps': {
      if (innerMap === undefined) {
        throw usageError(
          `--inner-map: ${aType(type)} needs it: a map that looks like those that it will hold`,
        );
      }
      return { type, key: elements.key, value: elements.value, innerMap, ...sized() };
    }
    case 'struct_ops':
      throw usageError(`--type ${type}: such a map is made of programs, which a loader has to load for it`);
    default: {
      const { key, value, description } = elements;
      return { type, key, value, ...description, ...sized() };
    }
  }
}

/** Options that not all types have. */
const PARTICULAR = {
  key: '--key',
  value: '--value',
  maxEntries: '--max-entries',
  numaNode: '--numa-node',
  hashes: '--hashes',
  innerMap: '--inner-map',
} as const;

function refuseOthers(spec: MapSpec, options: CreateOptions): void {
  for (const [name, option] of Object.entries(PARTICULAR)) {
    if (Reflect.get(options, name) === undefined || name in spec) continue;
    throw usageError(`${option}: ${aType(spec.type)} has no such thing, leave it out`);
  }
}

/** `create`: makes a map and pins it; prints its id, as other commands take it. */
export async function create(output: Output, path: string, options: CreateOptions): Promise<void> {
  const { innerMap } = options;
  using inner = innerMap === undefined ? undefined : openReference(onlyReference(innerMap.split(' ')));
  const spec = specOf(typeOf(options.type), options, inner);
  refuseOthers(spec, options);
  using map = BpfMap.create(spec);
  map.pin(path);
  await output.write(`id ${map.id}\n`);
}
