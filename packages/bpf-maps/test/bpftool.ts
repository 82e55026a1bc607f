import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';

/** A value as `bpftool map dump -j` prints it: numbers that JavaScript cannot hold are strings of digits. */
export type Printed = null | boolean | number | string | Printed[] | { [name: string]: Printed };

/** The value of a pinned map's only element, by its BTF. */
export function dumpedValue(pin: string): Printed {
  const output = execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', pin], { encoding: 'utf8' });
  let anonymous = 0;
  const text = output
    // Several anonymous members of one struct would be one property.
    .replaceAll('"":', () => `"#${anonymous++}":`)
    .replaceAll(/([:[,])(-?\d{16,})(?=[,\]}])/g, '$1"$2"');
  const [element] = JSON.parse(text);
  return element.formatted.value;
}

/** Are they one number, if the signs of bit fields and enumerated types are not told? */
function isSameNumber(ours: bigint, printed: bigint): boolean {
  for (let bits = 1n; bits <= 128n; bits++) {
    const modulus = 1n << bits;
    const reachable = printed >= -(modulus / 2n) && printed < modulus;
    const fits = ours >= -(modulus / 2n) && ours < modulus;
    if (reachable && fits && BigInt.asUintN(Number(bits), ours - printed) === 0n) return true;
  }
  return ours === printed;
}

/** Members of anonymous structs and unions belong to the struct around them. */
function flatten(printed: { [name: string]: Printed }): Array<[string, Printed]> {
  return Object.entries(printed).flatMap(
    ([name, value]): Array<[string, Printed]> =>
      name.startsWith('#') && typeof value === 'object' && value !== null && !Array.isArray(value)
        ? flatten(value)
        : [[name, value]],
  );
}

/** Expects that a decoded value is what bpftool printed. */
export function expectSame(
  ours: unknown,
  printed: Printed,
  enumerators: Readonly<Record<string, number>>,
  path = 'value',
): void {
  if (typeof ours === 'string' && Object.hasOwn(enumerators, ours) && printed !== ours) {
    expectSame(enumerators[ours], printed, enumerators, path);
  } else if (typeof ours === 'number' || typeof ours === 'bigint') {
    expect(isSameNumber(BigInt(ours), BigInt(printed as number)), `${path}: ${ours} and ${printed}`).toBe(
      true,
    );
  } else if (typeof ours === 'boolean') {
    // Of bit fields as a hexadecimal number.
    expect(typeof printed === 'string' ? Number(printed) !== 0 : printed, path).toBe(ours);
  } else if (ours instanceof Uint8Array || Array.isArray(ours)) {
    if (ours instanceof Uint8Array && typeof printed === 'string') {
      // It ends text at the first NUL, whatever follows.
      expect(Buffer.from(ours.subarray(0, ours.indexOf(0))).toString(), path).toBe(printed);
      return;
    }
    if (!Array.isArray(printed)) {
      expect.unreachable(`${path}: ${JSON.stringify(printed)}`);
      return;
    }
    const list: unknown[] = [...ours];
    expect(printed, path).toHaveLength(list.length);
    for (const [index, element] of list.entries()) {
      expectSame(element, printed[index] ?? null, enumerators, `${path}[${index}]`);
    }
  } else if (typeof ours === 'object' && ours !== null) {
    if (typeof printed !== 'object' || printed === null || Array.isArray(printed)) {
      expect.unreachable(`${path}: ${JSON.stringify(printed)}`);
      return;
    }
    const theirs = flatten(printed);
    expect(Object.keys(ours), path).toEqual(theirs.map(([name]) => name));
    const own = new Map<string, unknown>(Object.entries(ours));
    for (const [name, value] of theirs) expectSame(own.get(name), value, enumerators, `${path}.${name}`);
  } else if (typeof ours === 'string' && Array.isArray(printed)) {
    // Text without a NUL is no text to it.
    expectSame(new TextEncoder().encode(ours), printed, enumerators, path);
  } else {
    expect(printed, path).toBe(ours);
  }
}
