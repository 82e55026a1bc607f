import type { AnyMap } from '../map-spec.ts';
import type { Btf } from './btf.ts';
import { arrayContent, bitsOf, KERNEL_OWNED } from './btf-codec.ts';
import { BtfError } from './btf-error.ts';
import type { BtfComposite, BtfDataSection, BtfEnum, BtfType } from './btf-types.ts';
import { cType, sizeOf } from './c-types.ts';
import {
  deriveKey,
  deriveValue,
  keyType,
  knownKey,
  knownValue,
  type TypeSource,
  valueType,
} from './map-codecs.ts';

/** Names that the declarations use. */
const GLOBAL = ['Array', 'Record', 'Uint8Array'];

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const ONE_OF_UNION = 'one of a union: read, all are there; written, one is enough';

/** More members than any program has. */
const MAX_PRINTED = 1 << 17;

function pascalCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) ? joined : `Type${joined}`;
}

/** Names come from whoever loaded the BTF: they must not end the comment. */
function comment(text: string, indent: string): string {
  return `${indent}/** ${text.replaceAll('*/', '*\\/').replaceAll(/[\r\n]+/g, ' ')} */`;
}

/** An object type by its name. */
function declaration(name: string, body: string): string {
  return body.startsWith('{') ? `export interface ${name} ${body}` : `export type ${name} = ${body};`;
}

function property(name: string): string {
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** Declarations of the types that keys and values are of, each once. */
class Printer {
  readonly #names = new Map<string, string>();
  readonly #declared = new Map<string, string>();
  #printed = 0;
  readonly declarations: string[] = [];

  /** `reserved` are names that only the types with these keys may have. */
  constructor(reserved: ReadonlyMap<string, string>) {
    for (const name of GLOBAL) this.#names.set(name, '');
    for (const [name, key] of reserved) this.#names.set(name, key);
  }

  typeOf({ btf, id }: TypeSource, indent = ''): string {
    const resolved = btf.resolveId(id);
    const type = btf.type(resolved);
    switch (type.kind) {
      case 'int':
        if (type.bool) return 'boolean';
        return type.size > 4 ? 'bigint' : 'number';
      case 'ptr':
        return 'bigint';
      case 'float':
        return type.size === 4 || type.size === 8 ? 'number' : 'Uint8Array';
      case 'enum':
      case 'enum64':
        return type.name === ''
          ? enumType(type)
          : this.#declare(btf, resolved, type, (name) => `export type ${name} = ${enumType(type)};`);
      case 'array': {
        const content = arrayContent(btf, type);
        if (content === 'text') return 'string | Uint8Array';
        if (content === 'bytes') return 'Uint8Array';
        const element = this.typeOf({ btf, id: type.type }, indent);
        return / \| /.test(element) && !element.startsWith('{') ? `(${element})[]` : `${element}[]`;
      }
      case 'struct':
      case 'union':
        if (type.name === '') return this.#body(btf, type, indent);
        return this.#declare(btf, resolved, type, (name) => declaration(name, this.#body(btf, type, '')));
      case 'datasec':
        return this.#declare(
          btf,
          resolved,
          type,
          (name) => `export interface ${name} ${this.#section(btf, type)}`,
        );
      default:
        return 'never';
    }
  }

  #declare(
    btf: Btf,
    id: number,
    type: BtfComposite | BtfEnum | BtfDataSection,
    write: (name: string) => string,
  ): string {
    const key = keyOf({ btf, id });
    const known = this.#declared.get(key);
    if (known !== undefined) return known;
    const wish = pascalCase(type.name);
    let name = wish;
    for (let n = 2; (this.#names.get(name) ?? key) !== key; n++) name = `${wish}${n}`;
    this.#names.set(name, key);
    this.#declared.set(key, name);
    const c = type.kind === 'datasec' ? `section ${type.name}` : cType(btf, id);
    const place = this.declarations.length;
    const text = `${comment(`\`${c}\`, ${bytes(type.size)}.`, '')}\n${write(name)}\n`;
    this.declarations.splice(place, 0, text);
    return name;
  }

  #body(btf: Btf, type: BtfComposite, indent: string): string {
    const lines = this.#members(btf, type, 0, `${indent}  `, type.kind === 'union');
    return lines.length === 0 ? 'Record<string, never>' : `{\n${lines.join('\n')}\n${indent}}`;
  }

  #members(btf: Btf, type: BtfComposite, base: number, indent: string, oneOf: boolean): string[] {
    this.#printed += type.members.length;
    if (this.#printed > MAX_PRINTED) {
      throw new BtfError(
        'ERR_BPF_BTF_TYPE',
        `struct ${type.name}: more than ${MAX_PRINTED} members to print`,
      );
    }
    return type.members.flatMap((member) => {
      const inner: BtfType = btf.resolve(member.type);
      if (member.name === '') {
        if (inner.kind !== 'struct' && inner.kind !== 'union') return [];
        const start = base + member.bitOffset / 8;
        return this.#members(btf, inner, start, indent, oneOf || inner.kind === 'union');
      }
      const declared = cType(btf, member.type);
      const field = bitsOf(member, inner);
      const place =
        field === undefined
          ? `\`${declared}\`, ${bytes(sizeOf(btf, member.type))} at ${base + member.bitOffset / 8}`
          : `\`${declared} : ${field.bits}\`, at bit ${base * 8 + field.offset}`;
      const optional = oneOf || (inner.kind === 'struct' && KERNEL_OWNED.has(inner.name));
      return [
        comment(`${place}${oneOf ? `; ${ONE_OF_UNION}` : ''}.`, indent),
        `${indent}${property(member.name)}${optional ? '?' : ''}: ${this.typeOf({ btf, id: member.type }, indent)};`,
      ];
    });
  }

  #section(btf: Btf, type: BtfDataSection): string {
    const names = new Set<string>();
    const lines = type.variables.flatMap((variable) => {
      const declared = btf.type(variable.type).name;
      const name = names.has(declared) ? `${declared}@${variable.offset}` : declared;
      names.add(name);
      return [
        comment(
          `\`${cType(btf, variable.type)}\`, ${bytes(sizeOf(btf, variable.type))} at ${variable.offset}.`,
          '  ',
        ),
        `  ${property(name)}: ${this.typeOf({ btf, id: variable.type }, '  ')};`,
      ];
    });
    return `{\n${lines.join('\n')}\n}`;
  }
}

function enumType(type: BtfEnum): string {
  const names = [...new Set(type.values.map(({ name }) => name))].map((name) => JSON.stringify(name));
  return [...names, type.size > 4 ? 'bigint' : 'number'].join(' | ');
}

/** Tells types of two BTFs apart. */
const btfNumbers = new WeakMap<Btf, number>();
let nextBtfNumber = 1;

function keyOf({ btf, id }: TypeSource): string {
  let number = btfNumbers.get(btf);
  if (number === undefined) {
    number = nextBtfNumber++;
    btfNumbers.set(btf, number);
  }
  return `${number}:${btf.resolveId(id)}`;
}

/**
 * TypeScript that declares what a map's keys and values are, from its BTF: an interface for each struct, with C's
 * type, the size and the offset of each member, and two types named after the map, as in
 * `BpfMap.openPinned<FlowsKey, FlowsValue>(path)`. The values are those of a map opened without codecs.
 *
 * @param map - open, with whatever codecs
 * @throws BtfError as opening without codecs does
 */
export function toTypeScript(map: AnyMap): string {
  const { info } = map;
  const title = info.name === '' ? `map ${info.id}` : `map '${info.name}' (id ${info.id})`;
  deriveKey(info, title);
  deriveValue(info, title);
  const base = pascalCase(info.name === '' ? 'map' : info.name);
  const perCpu = /^(lru_)?percpu_/.test(info.type);
  const roles = [
    { alias: `${base}Key`, what: 'Keys', source: keyType(info), known: knownKey(info), perCpu: false },
    { alias: `${base}Value`, what: 'Values', source: valueType(info), known: knownValue(info), perCpu },
  ];
  const reserved = new Map(
    roles.map(({ alias, source, perCpu }) => [alias, source === undefined || perCpu ? '' : keyOf(source)]),
  );
  const printer = new Printer(reserved);
  const aliases = roles.flatMap(({ alias, what, source, known, perCpu }) => {
    const type = source === undefined ? (known?.typeScript ?? 'never') : printer.typeOf(source);
    // The struct has the name already.
    if (type === alias && !perCpu) return [];
    const text = perCpu ? `Array<${type}>` : type;
    const each = perCpu ? ', one for each possible CPU' : '';
    return [
      `${comment(`${what} of ${title}, of type ${info.type}${each}.`, '')}\nexport type ${alias} = ${text};\n`,
    ];
  });
  return [...printer.declarations, ...aliases].join('\n');
}
