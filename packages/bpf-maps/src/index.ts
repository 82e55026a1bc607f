export { ipAddress, ipv4, ipv6 } from './addresses.ts';
export { bytes, cString, mac } from './bytes.ts';
export { type Codec, none, type ValueOf } from './codec.ts';
export {
  BpfError,
  type BpfErrorDetails,
  BpfUsageError,
  type BpfUsageErrorCode,
  CodecError,
  type CodecErrorCode,
} from './errors.ts';
export { innerMap } from './inner-map.ts';
export { be16, be32, be64, bool, i8, i16, i32, i64, port, u8, u16, u32, u64 } from './integers.ts';
export { type LpmKey, lpmKey } from './lpm-key.ts';
export { BpfMap, type SetOptions, type UpdateMode } from './map.ts';
export type {
  AnyMap,
  KeylessMapSpec,
  MapInfo,
  MapSpec,
  MapSpecBase,
  PerCpuMapSpec,
  PlainMapSpec,
  RingBufferSpec,
} from './map-spec.ts';
export {
  type KeylessMapType,
  MapFlags,
  type MapType,
  type PerCpuMapType,
  type PlainMapType,
  type UnknownMapType,
} from './map-types.ts';
export type { OpenOptions, OpenPerCpuOptions } from './open-map.ts';
export { possibleCpus } from './per-cpu.ts';
export { RingBuffer, type RingBufferOptions } from './ring-buffer.ts';
export {
  array,
  type FieldSpec,
  type PlacedField,
  type StructCodec,
  type StructFields,
  type StructOptions,
  type StructValue,
  struct,
} from './struct.ts';
