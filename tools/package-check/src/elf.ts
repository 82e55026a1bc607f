import { runCommand } from './run-command.ts';

/** A symbol of a shared library's dynamic symbol table. */
export interface DynamicSymbol {
  readonly name: string;
  /** `GLIBC_2.17`; undefined: it has none. */
  readonly version: string | undefined;
  readonly address: string;
  /** Defined here, or wanted from elsewhere? */
  readonly defined: boolean;
  /** Wanted, but nothing happens when nobody has it. */
  readonly weak: boolean;
}

/** The dynamic symbols of an ELF file of any architecture. */
export function dynamicSymbols(path: string): readonly DynamicSymbol[] {
  // Num: Value Size Type Bind Vis Ndx Name
  const line =
    /^ *\d+: (?<address>[0-9a-f]+) .* (?<bind>GLOBAL|WEAK) +\w+ .*?(?<section>UND|ABS|\d+) (?<name>[^@\s]+)(?:@@?(?<version>\S+))?/;
  return runCommand('readelf', ['--dyn-syms', '--wide', path])
    .split('\n')
    .flatMap((text): DynamicSymbol[] => {
      const { address = '', bind, section, name = '', version } = line.exec(text)?.groups ?? {};
      if (name === '') return [];
      return [{ name, version, address, defined: section !== 'UND', weak: bind === 'WEAK' }];
    });
}

/** The libraries that an ELF file has the loader load. */
export function neededLibraries(path: string): readonly string[] {
  const dynamic = runCommand('readelf', ['--dynamic', '--wide', path]);
  return [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name = '']) => name);
}
