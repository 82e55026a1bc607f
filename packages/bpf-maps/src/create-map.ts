import { Btf } from './btf/btf.ts';
import { btfCodec } from './btf/btf-codec.ts';
import { BtfError } from './btf/btf-error.ts';
import { BtfWriter } from './btf/btf-writer.ts';
import { type CheckedSpec, checkSpec, refuse } from './check-spec.ts';
import { C_INT } from './ctype.ts';
import { BpfError, describe } from './errors.ts';
import { createHint } from './hints/create-hint.ts';
import { u32 } from './integers.ts';
import type { MapSpec, StructOpsSpec } from './map-spec.ts';
import { MapFlags } from './map-types.ts';
import { addon, type NativeMap } from './native.ts';
import type { NativeMapOptions } from './native-map-options.ts';
import { type OpenedMap, openMap } from './open-map.ts';
import { type SpecBtf, specBtf } from './spec-btf.ts';

/** What the kernel says of BTF that it refuses, the last line of its log. */
function reasonIn(log: string): string | undefined {
  return log.trim().split('\n').at(-1) || undefined;
}

/** Loads BTF, does something with its descriptor, and gives that back. */
function withBtf<T>(bytes: Uint8Array, spec: CheckedSpec, work: (fd: number) => T): T | BpfError {
  const { result, log } = addon().addBtf(bytes, spec.token?.fd ?? 0);
  if (result < 0) {
    const reason = reasonIn(log);
    return new BpfError({
      errno: -result,
      operation: 'BPF_BTF_LOAD',
      mapName: spec.options.name,
      ...(reason === undefined ? {} : { hint: `the kernel says: ${reason}` }),
    });
  }
  try {
    return work(result);
  } finally {
    addon().closeDescriptor(result);
  }
}

function createDescribed(spec: CheckedSpec, options: NativeMapOptions, btf: SpecBtf): NativeMap | number {
  const map = withBtf(btf.bytes, spec, (btfFd) =>
    addon().createMap({
      ...options,
      btfFd,
      btfKeyTypeId: btf.keyTypeId,
      btfValueTypeId: btf.valueTypeId,
    }),
  );
  if (!(map instanceof BpfError) && typeof map !== 'number') return map;
  // Whether that was because of the BTF shows without it.
  if (btf.optional) return addon().createMap(options);
  if (map instanceof BpfError) throw map;
  return map;
}

/** @internal Creates a map; `innerMapFd` is the descriptor of the pattern of its inner maps, or 0. */
export function createMap(spec: MapSpec, innerMapFd: number): OpenedMap<unknown, unknown> {
  const checked = spec?.type === 'struct_ops' ? checkStructOps(spec) : checkSpec(spec);
  const options = { ...checked.options, innerMapFd };
  const details = {
    operation: 'BPF_MAP_CREATE',
    mapName: options.name,
    hint: (code: string) => createHint(code, checked.kind, options),
  };
  if (spec.type === 'struct_ops') return openMap(createStructOps(checked, options), checked, details);
  const btf = specBtf(checked, 'btf' in spec ? spec.btf : undefined);
  const native = btf === undefined ? addon().createMap(options) : createDescribed(checked, options, btf);
  return openMap(native, checked, details);
}

/** The kernel wants the BTF of a program here, but looks at nothing in it. */
function createStructOps(spec: CheckedSpec, options: NativeMapOptions): NativeMap | number {
  const writer = new BtfWriter();
  writer.add(C_INT);
  const module = spec.moduleBtfId === undefined ? 0 : addon().openBtf(spec.moduleBtfId);
  if (module < 0) throw new BpfError({ errno: -module, operation: 'BPF_BTF_GET_FD_BY_ID' });
  try {
    const map = withBtf(writer.bytes(), spec, (btfFd) =>
      addon().createMap({ ...options, btfFd, valueTypeBtfObjFd: module }),
    );
    if (map instanceof BpfError) throw map;
    return map;
  } finally {
    if (module > 0) addon().closeDescriptor(module);
  }
}

/** The map's value is a struct of the kernel's, of which the kernel's BTF tells (kernel/bpf/bpf_struct_ops.c). */
function checkStructOps(spec: StructOpsSpec): CheckedSpec {
  const { ops, moduleBtfId } = spec;
  if (typeof ops !== 'string' || ops === '') {
    refuse(
      `ops must be the name of a struct of the kernel, such as tcp_congestion_ops, got ${describe(ops)}`,
    );
  }
  const btf = moduleBtfId === undefined ? Btf.kernel() : Btf.load(moduleBtfId);
  const id = btf.find('struct', `bpf_struct_ops_${ops}`);
  if (id === undefined) {
    throw new BtfError(
      'ERR_BPF_BTF_TYPE',
      `the ${moduleBtfId === undefined ? 'kernel' : `module with BTF ${moduleBtfId}`} has no struct_ops called ${describe(ops)}: its BTF has no struct bpf_struct_ops_${ops}`,
    );
  }
  const flags = ((spec.flags ?? 0) | (moduleBtfId === undefined ? 0 : MapFlags.VTYPE_BTF_OBJ_FD)) >>> 0;
  const described = { ...spec, flags, maxEntries: 1, key: u32, value: btfCodec<unknown>(btf, id) };
  const checked = checkSpec(described);
  return { ...checked, moduleBtfId, options: { ...checked.options, btfVmlinuxValueTypeId: id } };
}
