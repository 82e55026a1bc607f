// Turns the BTF of an object file into TypeScript: a codec for each struct, an object for each enum.

/** A type as `bpftool btf dump -j` prints it; only the members used here. */
export interface BtfType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly nr_elems?: number;
  readonly members?: readonly {
    readonly name: string;
    readonly type_id: number;
    readonly bits_offset: number;
  }[];
  readonly values?: readonly { readonly name: string; readonly val: number }[];
}

const INTEGERS: Readonly<Record<string, string>> = { __u8: 'u8', __u16: 'u16', __u32: 'u32', __u64: 'u64' };

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

class Generator {
  readonly #types: ReadonlyMap<number, BtfType>;
  readonly used = new Set<string>(['struct']);

  constructor(types: readonly BtfType[]) {
    this.#types = new Map(types.map((type) => [type.id, type]));
  }

  /** The type behind const and volatile. */
  #resolve(id: number): BtfType {
    const type = this.#types.get(id);
    if (!type) throw new Error(`BTF type ${id} is missing`);
    const isQualifier = type.kind === 'CONST' || type.kind === 'VOLATILE';
    return isQualifier && type.type_id !== undefined ? this.#resolve(type.type_id) : type;
  }

  /** The codec of a type. Addresses and ports are recognised by being big endian. */
  codec(id: number): string {
    const type = this.#resolve(id);
    if (type.kind === 'ARRAY' && type.type_id !== undefined && type.nr_elems !== undefined) {
      const element = this.#resolve(type.type_id).name;
      if (element === '__be32' && type.nr_elems === 4) return this.#use('ipAddress');
      if (element === '__u8' && type.nr_elems === 6) return this.#use('mac');
      return `${this.#use('array')}(${this.codec(type.type_id)}, ${type.nr_elems})`;
    }
    if (type.kind === 'TYPEDEF') {
      if (type.name === '__be16') return this.#use('port');
      const integer = INTEGERS[type.name];
      if (integer) return this.#use(integer);
    }
    if (type.kind === 'STRUCT') return `${camelCase(type.name)}Codec`;
    throw new Error(`BTF type ${type.id} (${type.kind} ${type.name}) has no codec`);
  }

  #use(name: string): string {
    this.used.add(name);
    return name;
  }

  struct(type: BtfType): string {
    const fields = (type.members ?? [])
      .filter((member) => member.name !== 'pad')
      .map(
        (member) =>
          `    ${camelCase(member.name)}: { codec: ${this.codec(member.type_id)}, offset: ${member.bits_offset / 8} },`,
      );
    const codec = `${camelCase(type.name)}Codec`;
    return [
      `/** \`struct ${type.name}\`, ${type.size} bytes. */`,
      `export const ${codec} = struct(`,
      '  {',
      ...fields,
      '  },',
      `  { size: ${type.size} },`,
      ');',
      `export type ${pascalCase(type.name)}Value = ValueOf<typeof ${codec}>;`,
      '',
    ].join('\n');
  }

  enumeration(type: BtfType): string {
    const values = (type.values ?? []).map((value) => `  ${value.name}: ${value.val},`);
    return [
      `/** \`enum ${type.name}\`. */`,
      `export const ${pascalCase(type.name)} = {`,
      ...values,
      '} as const;',
      '',
    ].join('\n');
  }
}

/** One module with everything named; structs come in the order given, so that nested ones stand first. */
export function btfToTypeScript(
  types: readonly BtfType[],
  structs: readonly string[],
  enums: readonly string[],
): string {
  const find = (kinds: readonly string[], name: string): BtfType => {
    const type = types.find((candidate) => kinds.includes(candidate.kind) && candidate.name === name);
    if (!type) throw new Error(`the object's BTF has no ${kinds[0]?.toLowerCase()} ${name}`);
    return type;
  };
  const generator = new Generator(types);
  const body = [
    ...enums.map((name) => generator.enumeration(find(['ENUM', 'ENUM64'], name))),
    ...structs.map((name) => generator.struct(find(['STRUCT'], name))),
  ].join('\n');
  const imports = [...generator.used].sort().join(', ');
  return `// Generated from the BTF of the programs (bpf/types.h) by scripts/build-bpf.ts.\nimport { ${imports}, type ValueOf } from '@blixt/bpf-maps';\n\n${body}`;
}
