/** What the addon creates a map with, in the kernel's terms (BPF_MAP_CREATE); what is left out is 0. */
export interface NativeMapOptions {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
  readonly innerMapFd?: number;
  readonly numaNode?: number;
  readonly ifindex?: number;
  readonly btfFd?: number;
  readonly btfKeyTypeId?: number;
  readonly btfValueTypeId?: number;
  readonly btfVmlinuxValueTypeId?: number;
  readonly mapExtra?: bigint;
  readonly valueTypeBtfObjFd?: number;
  readonly tokenFd?: number;
  readonly exclusiveProgramHash?: Uint8Array;
}
