import { randomBytes } from 'node:crypto';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERY_TYPE, type LoadedObject, loadObject } from '../../test/bpf-object.ts';
import { thrown } from '../../test/codec-helpers.ts';
import { BpfMap, BtfError, toTypeScript, u32, u64 } from '../index.ts';

let layouts: LoadedObject;
let types: LoadedObject;
beforeAll(() => {
  layouts = loadObject('layouts.bpf.c');
  types = loadObject(EVERY_TYPE);
});
afterAll(() => {
  layouts[Symbol.dispose]();
  types[Symbol.dispose]();
});

/** What the compiler says of these files. */
function compile(files: Readonly<Record<string, string>>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) => {
    const text = files[name];
    return text === undefined
      ? getSourceFile.call(host, name, ...rest)
      : ts.createSourceFile(name, text, ts.ScriptTarget.ES2024);
  };
  host.fileExists = (name) => Object.hasOwn(files, name) || fileExists.call(host, name);
  host.readFile = (name) => files[name] ?? readFile.call(host, name);
  const program = ts.createProgram(Object.keys(files), options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

/** A value as TypeScript writes it. */
function literal(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `Uint8Array.of(${[...value].join(', ')})`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, field]) => `${JSON.stringify(name)}: ${literal(field)}`)
      .join(', ')} }`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return 'NaN';
  return JSON.stringify(value) ?? 'undefined';
}

describe('the declarations of a map', () => {
  it('have C type, size and offset of each member', () => {
    using map = BpfMap.openPinned(layouts.pin('by_anonymous'));
    expect(toTypeScript(map)).toBe(`/** \`struct anonymous\`, 24 bytes. */
export interface Anonymous {
  /** \`u32\`, 4 bytes at 0. */
  before: number;
  /** \`u16\`, 2 bytes at 4; one of a union: read, all are there; written, one is enough. */
  low?: number;
  /** \`u16\`, 2 bytes at 6; one of a union: read, all are there; written, one is enough. */
  high?: number;
  /** \`u32\`, 4 bytes at 4; one of a union: read, all are there; written, one is enough. */
  both?: number;
  /** \`u8[4]\`, 4 bytes at 4; one of a union: read, all are there; written, one is enough. */
  raw?: Uint8Array;
  /** \`u8\`, 1 byte at 8. */
  x: number;
  /** \`struct {…}\`, 2 bytes at 9. */
  inner: {
    /** \`u8\`, 1 byte at 0. */
    y: number;
    /** \`u8\`, 1 byte at 1. */
    z: number;
  };
  /** \`union {…}\`, 8 bytes at 16. */
  named: {
    /** \`u64\`, 8 bytes at 0; one of a union: read, all are there; written, one is enough. */
    number?: bigint;
    /** \`void *\`, 8 bytes at 0; one of a union: read, all are there; written, one is enough. */
    pointer?: bigint;
  };
}

/** \`struct holes\`, 32 bytes. */
export interface Holes {
  /** \`u8\`, 1 byte at 0. */
  a: number;
  /** \`u64\`, 8 bytes at 8. */
  b: bigint;
  /** \`u8\`, 1 byte at 16. */
  c: number;
  /** \`u32\`, 4 bytes at 20. */
  d: number;
  /** \`u8\`, 1 byte at 24. */
  e: number;
}

/** Keys of map 'by_anonymous' (id ${map.id}), of type percpu_hash. */
export type ByAnonymousKey = Anonymous;

/** Values of map 'by_anonymous' (id ${map.id}), of type percpu_hash, one for each possible CPU. */
export type ByAnonymousValue = Array<Holes>;
`);
  });

  it('write bit fields, enumerators and pointers as C does', () => {
    using bits = BpfMap.openPinned(layouts.pin('by_bits'));
    expect(toTypeScript(bits)).toContain('  /** `enum colour : 4`, at bit 202. */\n  i: Colour;');
    expect(toTypeScript(bits)).toContain(
      'export type Colour = "RED" | "GREEN" | "BLUE" | "NEGATIVE" | number;',
    );
    using pointers = BpfMap.openPinned(layouts.pin('pointers_map'));
    expect(toTypeScript(pointers)).toContain('`int (*)(…)`, 8 bytes at 16');
    using qualified = BpfMap.openPinned(layouts.pin('qualified_map'));
    expect(toTypeScript(qualified)).toContain('`const char *const`, 8 bytes at 16');
  });

  it('compile, and fit what is read', () => {
    const files: Record<string, string> = {};
    const add = (pin: string, fill: boolean) => {
      using map = BpfMap.openPinned<unknown, unknown>(pin);
      using raw = BpfMap.openPinned(pin, { codec: 'bytes' });
      if (fill) raw.set(new Uint8Array(raw.info.keySize), new Uint8Array(randomBytes(raw.info.valueSize)));
      const text = toTypeScript(map);
      const [key = '', value = ''] = [
        ...text.matchAll(/^export (?:type|interface) (\w+(?:Key|Value))\b/gm),
      ].map(([, name]) => name);
      const reads = ['hash', 'array'].includes(map.info.type)
        ? [...map].map(
            ([k, v], n) =>
              `export const k${n}: ${key} = ${literal(k)}; export const v${n}: ${value} = ${literal(v)};`,
          )
        : [];
      files[`/${map.info.name.replaceAll('.', '_')}.ts`] = [text, ...reads].join('\n');
    };
    for (const tag of [
      'integers',
      'floats',
      'bits',
      'anonymous',
      'arrays',
      'enums',
      'qualified',
      'with_empty',
    ]) {
      add(layouts.pin(`${tag}_map`), true);
    }
    for (const map of ['object_data', 'object_rodata', 'locked_map']) add(layouts.pin(map), false);
    const maps = [
      'struct_ops',
      'devmap',
      'stack_trace',
      'array_of_maps',
      'ringbuf',
      'lpm_trie',
      'percpu_hash',
    ];
    for (const type of maps) add(types.pin(`m_${type}`), false);
    expect(compile(files)).toEqual([]);
    // And they do not fit everything.
    files['/arrays_map.ts'] += '\nexport const wrong: Arrays["numbers"] = ["1"];';
    expect(compile(files)).toEqual(["/arrays_map.ts: Type 'string' is not assignable to type 'number'."]);
  });

  it('do not take names that they use themselves', () => {
    using map = BpfMap.openPinned(layouts.pin('named_map'));
    const text = toTypeScript(map);
    expect(text).toContain('export interface Array2 {');
    expect(text).toContain('export type NamedMapKey2 = Record<string, never>;');
    expect(text).toContain('export type NamedMapValue = Array<Array2>;');
    expect(compile({ '/named.ts': text })).toEqual([]);
  });

  it('are of maps with any codecs, but not of maps that nothing describes', () => {
    using raw = BpfMap.openPinned(layouts.pin('holes_map'), { codec: 'bytes' });
    expect(toTypeScript(raw)).toContain('export type HolesMapValue = Holes;');
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 1, btf: false });
    expect(thrown(BtfError, () => toTypeScript(map)).code).toBe('ERR_BPF_NO_BTF');
  });
});
