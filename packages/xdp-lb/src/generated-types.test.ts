import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BtfType, btfToTypeScript } from '../scripts/btf-to-typescript.ts';
import { ENUMS, STRUCTS } from '../scripts/shared-types.ts';

const BUILD = join(dirname(import.meta.dirname), 'build', 'bpf');

function btfOf(object: string): BtfType[] {
  const dump = execFileSync('bpftool', ['btf', 'dump', 'file', join(BUILD, object), '-j'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const { types }: { types: BtfType[] } = JSON.parse(dump);
  return types;
}

describe('the codecs of TypeScript', () => {
  it('are those of the programs that are loaded', () => {
    const generated = readFileSync(join(import.meta.dirname, 'generated', 'types.ts'), 'utf8');
    expect(btfToTypeScript(btfOf('xdp.o'), STRUCTS, ENUMS)).toBe(generated);
  });

  it.each(STRUCTS)('struct %s is the same in both objects, where both have it', (name) => {
    const structOf = (types: readonly BtfType[]) => {
      const type = types.find((candidate) => candidate.kind === 'STRUCT' && candidate.name === name);
      return type && btfToTypeScript(types, [name], []);
    };
    const xdp = structOf(btfOf('xdp.o'));
    expect(xdp).toBeDefined();
    expect(structOf(btfOf('tcx.o')) ?? xdp).toBe(xdp);
  });
});

describe('BTF as TypeScript', () => {
  const types: BtfType[] = [
    { id: 1, kind: 'INT', name: 'unsigned int', size: 4 },
    { id: 2, kind: 'TYPEDEF', name: '__u32', type_id: 1 },
    { id: 3, kind: 'TYPEDEF', name: '__be32', type_id: 2 },
    { id: 4, kind: 'ARRAY', name: '(anon)', type_id: 3, nr_elems: 4 },
    { id: 5, kind: 'INT', name: 'unsigned short', size: 2 },
    { id: 6, kind: 'TYPEDEF', name: '__be16', type_id: 5 },
    { id: 7, kind: 'CONST', name: '(anon)', type_id: 2 },
    {
      id: 8,
      kind: 'STRUCT',
      name: 'end_point',
      size: 24,
      members: [
        { name: 'ip_address', type_id: 4, bits_offset: 0 },
        { name: 'port', type_id: 6, bits_offset: 128 },
        { name: 'pad', type_id: 6, bits_offset: 144 },
        { name: 'last_use', type_id: 7, bits_offset: 160 },
      ],
    },
    {
      id: 9,
      kind: 'STRUCT',
      name: 'pair',
      size: 48,
      members: [{ name: 'first', type_id: 8, bits_offset: 0 }],
    },
    { id: 10, kind: 'ENUM', name: 'colour', values: [{ name: 'RED', val: 3 }] },
    { id: 11, kind: 'PTR', name: '(anon)', type_id: 1 },
    { id: 12, kind: 'STRUCT', name: 'bad', size: 8, members: [{ name: 'p', type_id: 11, bits_offset: 0 }] },
  ];

  it('has offsets, sizes, addresses, ports and nested structs, and no padding', () => {
    const text = btfToTypeScript(types, ['end_point', 'pair'], ['colour']);
    expect(text).toContain("import { ipAddress, port, struct, u32, type ValueOf } from '@blixt/bpf-maps';");
    expect(text).toContain('ipAddress: { codec: ipAddress, offset: 0 },');
    expect(text).toContain('port: { codec: port, offset: 16 },');
    expect(text).toContain('lastUse: { codec: u32, offset: 20 },');
    expect(text).toContain('{ size: 24 }');
    expect(text).toContain('first: { codec: endPointCodec, offset: 0 },');
    expect(text).toContain('export const Colour = {\n  RED: 3,\n} as const;');
    expect(text).not.toContain('pad');
  });

  it('names what is missing or has no codec', () => {
    expect(() => btfToTypeScript(types, ['nothing'], [])).toThrow('no struct nothing');
    expect(() => btfToTypeScript(types, [], ['nothing'])).toThrow('no enum nothing');
    expect(() => btfToTypeScript(types, ['bad'], [])).toThrow('PTR');
  });
});
