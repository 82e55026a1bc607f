export { ipAddress, ipv4, ipv6 } from './addresses.ts';
export { Btf, type BtfOptions } from './btf/btf.ts';
export { type BtfObject, type BtfValue, btfCodec } from './btf/btf-codec.ts';
export { BtfError, type BtfErrorCode } from './btf/btf-error.ts';
export type {
  BtfArray,
  BtfComposite,
  BtfDataSection,
  BtfEnum,
  BtfFloat,
  BtfForward,
  BtfFunctionPrototype,
  BtfInt,
  BtfMember,
  BtfReference,
  BtfType,
  BtfVoid,
} from './btf/btf-types.ts';
export { toTypeScript } from './btf/to-typescript.ts';
export { bytes, cString, mac } from './bytes.ts';
export { cidr } from './cidr.ts';
export { type Codec, none, type ValueOf } from './codec.ts';
export type { CArray, CComposite, CFloat, CInt, CMember, CType, CTypedef } from './ctype.ts';
export type { EntryChunk } from './entry-chunk.ts';
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
export type { AsyncOptions } from './jobs.ts';
export { listMaps, type MapDescription } from './list-maps.ts';
export type { LostCounter } from './lost-records.ts';
export { type LpmKey, lpmKey } from './lpm-key.ts';
export { BpfMap } from './map.ts';
export type { RepinOptions } from './map-base.ts';
export type { TakeOptions } from './map-batches.ts';
export type { GetOptions, SetOptions, UpdateMode } from './map-elements.ts';
export type { MapBtf, MapInfo } from './map-info.ts';
export type {
  AnyMap,
  ArenaSpec,
  BloomFilterSpec,
  CgroupStorageSpec,
  DescribedMapSpec,
  KeylessMapSpec,
  MapBtfSpec,
  MapOfMapsSpec,
  MapSpec,
  MapSpecBase,
  NumaMapSpec,
  PerCpuCgroupStorageSpec,
  PerCpuMapSpec,
  PlainMapSpec,
  RingBufferSpec,
  SizedMapSpec,
  StorageMapSpec,
  StructOpsSpec,
} from './map-spec.ts';
export { type MapOperation, type MapTypeDescription, mapTypes } from './map-type-support.ts';
export {
  type KeylessMapType,
  MapFlags,
  type MapOfMapsType,
  type MapType,
  type PerCpuMapType,
  type PlainMapType,
  type StorageMapType,
  type UnknownMapType,
} from './map-types.ts';
export {
  type MappedArray,
  type MappedBigints,
  type MappedNumbers,
  type MappedValues,
  mappedArray,
} from './mapped-array.ts';
export { type BitField, bits, f32, f64, type IntegerOptions, integer } from './numbers.ts';
export type {
  AccessOptions,
  DerivedOptions,
  OpenKeyOptions,
  OpenOptions,
  OpenPerCpuOptions,
  OpenPerCpuValueOptions,
  OpenValueOptions,
  RawOptions,
} from './open-map.ts';
export { possibleCpus, sumPerCpu } from './per-cpu.ts';
export {
  PerfBuffer,
  type PerfBufferOptions,
  type PerfBufferSize,
  type PerfRecord,
} from './perf-buffer.ts';
export type { RecordReader } from './record-reader.ts';
export { RingBuffer, type RingBufferLoss, type RingBufferOptions } from './ring-buffer.ts';
export { type RingPositions, ringPositions } from './ring-positions.ts';
export {
  array,
  type FieldSpec,
  type FieldValue,
  type PlacedBitField,
  type PlacedField,
  type StructCodec,
  type StructFields,
  type StructOptions,
  type StructValue,
  struct,
} from './struct.ts';
export { BpfToken } from './token.ts';
export { type UnionValue, union } from './union.ts';
export { UserRingBuffer, type UserRingBufferOptions } from './user-ring-buffer.ts';
