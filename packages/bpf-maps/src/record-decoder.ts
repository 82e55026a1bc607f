import { type Codec, checkCodec } from './codec.ts';
import { CodecError } from './errors.ts';

/**
 * @internal What makes a value of a record's bytes. Without a codec `T` is `Uint8Array`: the types of the
 * constructors of rings see to that.
 */
export function recordDecoder<T>(codec: Codec<T> | undefined): (record: Uint8Array) => T {
  if (codec === undefined) {
    const copy: (record: Uint8Array) => unknown = (record) => record.slice();
    return copy as (record: Uint8Array) => T;
  }
  checkCodec(codec, 'record');
  return (record) => {
    if (record.length < codec.size) {
      throw new CodecError(
        'ERR_BPF_VALUE_RANGE',
        `expected a record of at least ${codec.size} bytes, got ${record.length}`,
      ).within('record');
    }
    return codec.decode(new DataView(record.buffer, record.byteOffset, record.length), 0);
  };
}
