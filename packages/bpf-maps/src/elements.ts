import { type Codec, locate } from './codec.ts';
import { CodecError, describe } from './errors.ts';
import { generate } from './generate.ts';
import { clear } from './plan.ts';

/** `length` values, `stride` bytes apart; the bytes between them are zero. */
export function elements<T>(
  element: Codec<T>,
  length: number,
  stride: number,
  alignment: number,
  expected: string,
): Codec<T[]> {
  let decodeElements: Codec<T[]>['decode'] | undefined;
  return Object.freeze({
    size: length * stride,
    alignment,
    encode(value: T[], view: DataView, offset: number): void {
      if (!Array.isArray(value)) {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected an array of ${expected}, got ${describe(value)}`,
        );
      }
      if (value.length !== length) {
        throw new CodecError('ERR_BPF_VALUE_RANGE', `expected ${expected}, got ${value.length}`);
      }
      let index = 0;
      try {
        for (; index < length; index++) {
          const start = offset + index * stride;
          element.encode(value[index] as T, view, start);
          if (element.size < stride) clear(view, start + element.size, stride - element.size);
        }
      } catch (error) {
        throw locate(error, `[${index}]`);
      }
    },
    decode(view: DataView, offset: number): T[] {
      decodeElements ??= elementsDecoder(element, length, stride);
      return decodeElements(view, offset);
    },
  });
}

/** Up to here, each element has an expression of its own. */
const FEW = 16;

/** See {@link generate}. */
function elementsDecoder<T>(element: Codec<T>, length: number, stride: number): Codec<T[]>['decode'] {
  const loop = (view: DataView, at: number): T[] => {
    const value: T[] = [];
    for (let index = 0; index < length; index++) value.push(element.decode(view, at + index * stride));
    return value;
  };
  const read = (offset: number | string): string => `element.decode(view, at + ${offset})`;
  const text =
    length <= FEW
      ? `[${Array.from({ length }, (_, index) => read(index * stride)).join(', ')}]`
      : `{
          const value = [];
          for (let offset = 0; offset < ${length * stride}; offset += ${stride}) value.push(${read('offset')});
          return value;
        }`;
  return generate({ element }, `(view, at) => ${text}`, loop);
}
