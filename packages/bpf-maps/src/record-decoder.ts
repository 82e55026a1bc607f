import { type Codec, checkCodec } from './codec.ts';
import { CodecError } from './errors.ts';

/** @internal What makes a value of a record: `length` bytes at `offset`, written on `cpu`. It must copy what it keeps. */
export type RecordDecoder<R> = (
  view: DataView<ArrayBuffer>,
  offset: number,
  length: number,
  cpu: number,
) => R;

/**
 * @internal Decodes by a codec; without one, a record is a copy of its bytes and `T` is `Uint8Array`: the types of the
 * constructors of rings see to that.
 */
export function recordDecoder<T>(codec: Codec<T> | undefined): RecordDecoder<T> {
  if (codec === undefined) {
    const copy: RecordDecoder<unknown> = (view, offset, length) =>
      new Uint8Array(view.buffer, offset, length).slice();
    return copy as RecordDecoder<T>;
  }
  checkCodec(codec, 'record');
  const { size } = codec;
  return (view, offset, length) => {
    if (length < size) throw tooShort(size, length);
    return codec.decode(view, offset);
  };
}

function tooShort(size: number, length: number): CodecError {
  const problem = `expected a record of at least ${size} bytes, got ${length}`;
  return new CodecError('ERR_BPF_VALUE_RANGE', problem).within('record');
}
