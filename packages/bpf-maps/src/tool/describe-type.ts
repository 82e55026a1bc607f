import type { Btf } from '../index.ts';
import { escapeControls, jsonLine, toJson } from './json.ts';
import type { Side } from './side.ts';

function example({ codec, raw }: Side): unknown {
  const view = new DataView(new ArrayBuffer(codec.size));
  return raw ? undefined : codec.decode(view, 0);
}

/** An example of a key or value: what one of zeros looks like on the command line. */
export function describeType(side: Side): string {
  if (side.raw) {
    const shown = Array.from({ length: Math.min(side.codec.size, 8) }, () => '00').join(' ');
    return `'${shown}${side.codec.size > 8 ? ' …' : ''}'`;
  }
  const value = toJson(example(side));
  if (typeof value !== 'object' || value === null) return `'${escapeControls(String(value))}'`;
  const text = jsonLine(value);
  return text.length > 200 ? `'${text.slice(0, 200)}…'` : `'${text}'`;
}

/** What a key or value is, in C's words as far as a line goes. */
export function typeTitle(side: Side): string {
  const size = `${side.codec.size} ${side.codec.size === 1 ? 'byte' : 'bytes'}`;
  if (side.codec.size === 0) return 'none';
  if (side.type === undefined)
    return side.raw ? `${size} of no known type` : `${size}, as the kernel lays it down`;
  return `${escapeControls(nameOf(side.type.btf, side.type.id))}, ${size}`;
}

function nameOf(btf: Btf, id: number): string {
  const type = btf.type(id);
  switch (type.kind) {
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
      return `${type.kind === 'enum64' ? 'enum' : type.kind} ${type.name === '' ? '{…}' : type.name}`;
    case 'array':
      return `${nameOf(btf, type.type)}[${type.length}]`;
    case 'ptr':
      return 'a pointer';
    case 'datasec':
      return `section ${type.name}`;
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'type_tag':
      return nameOf(btf, type.type);
    default:
      return type.name;
  }
}
