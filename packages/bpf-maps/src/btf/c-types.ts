import { BpfUsageError } from '../errors.ts';
import type { Btf } from './btf.ts';
import { POINTER_BYTES } from './btf-codec.ts';

/** Types that lead to each other more often than this are not written out. */
const MAX_STEPS = 16;

/** A type as C writes it, without the name of what is declared: `const char *`, `struct flow[4]`. */
export function cType(btf: Btf, id: number, steps = 0): string {
  const type = btf.type(id);
  if (steps > MAX_STEPS) return '…';
  const inner = (target: number) => cType(btf, target, steps + 1);
  switch (type.kind) {
    case 'struct':
    case 'union':
    case 'enum':
      return `${type.kind} ${type.name === '' ? '{…}' : type.name}`;
    case 'enum64':
      return `enum ${type.name === '' ? '{…}' : type.name}`;
    case 'fwd':
      return `${type.union ? 'union' : 'struct'} ${type.name}`;
    case 'ptr': {
      const target = btf.resolve(type.type);
      if (target.kind === 'func_proto') return `${inner(target.type)} (*)(…)`;
      const text = inner(type.type);
      return text.endsWith('*') ? `${text}*` : `${text} *`;
    }
    case 'array': {
      // The outermost dimension stands first.
      let element = type.type;
      let dimensions = `[${type.length}]`;
      for (let depth = 0; depth < MAX_STEPS; depth++) {
        const next = btf.type(element);
        if (next.kind !== 'array') break;
        dimensions += `[${next.length}]`;
        element = next.type;
      }
      return `${inner(element)}${dimensions}`;
    }
    case 'const':
    case 'volatile':
    case 'restrict': {
      const text = inner(type.type);
      return text.endsWith('*') ? `${text}${type.kind}` : `${type.kind} ${text}`;
    }
    case 'type_tag':
    case 'var':
      return inner(type.type);
    default:
      return type.name;
  }
}

/** Bytes, as C's `sizeof`, of a type for which there is a codec. */
export function sizeOf(btf: Btf, id: number): number {
  const type = btf.resolve(id);
  if (type.kind === 'ptr') return POINTER_BYTES;
  if (type.kind === 'array') return type.length * sizeOf(btf, type.type);
  if ('size' in type) return type.size;
  throw new BpfUsageError('ERR_BPF_ARGUMENT', `a ${type.kind} has no size`);
}
