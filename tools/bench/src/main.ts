// npm run bench -- NAME [--json] [--case TEXT]: runs a package's benchmark and prints its table.
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { BenchRow, BenchSuite, BenchValues } from './index.ts';

/** The suites by name: `packages/PACKAGE/bench/NAME.bench.ts`, or below `apps`. */
function findSuites(): ReadonlyMap<string, string> {
  const root = join(import.meta.dirname, '..', '..', '..');
  const files = globSync('{packages,apps}/*/bench/*.bench.ts', { cwd: root });
  return new Map(files.map((file) => [basename(file, '.bench.ts'), join(root, file)]));
}

async function loadSuite(file: string): Promise<BenchSuite> {
  const module: { readonly suite: BenchSuite } = await import(pathToFileURL(file).href);
  return module.suite;
}

function usage(names: Iterable<string>): string {
  return `usage: npm run bench -- NAME [--json] [--case TEXT]

  NAME         ${[...names].join(', ')}
  --json       one array of { case, unit, ours, rival, rivalName, ratio } on standard output
  --case TEXT  only the cases whose name contains TEXT
  control-plane: --scale PART (of 1,000 Gateways with 10 routes each), --endpoints N (of each Service)`;
}

/** Whole from 100 up, else three digits. */
const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function printTable(suite: BenchSuite, rows: readonly BenchRow[]): void {
  const table = new Table({
    head: ['case', 'unit', 'ours', 'rival', '', 'ratio'],
    colAligns: ['left', 'left', 'right', 'left', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const { unit, ours, rival, rivalName, ratio } = row;
    table.push([row.case, unit, figure(ours), rivalName, figure(rival), ratio.toFixed(2)]);
  }
  const rivals = [...new Set(rows.map((row) => row.rivalName))].join(', ');
  console.log(`${suite.title}\nrival: ${rivals}; ratio = ours / rival\n${table.toString()}`);
}

const COMMON = {
  json: { type: 'boolean', default: false },
  case: { type: 'string', default: '' },
} as const;

function readOptions({ options = {} }: BenchSuite): BenchValues {
  const { values } = parseArgs({ allowPositionals: true, options: { ...options, ...COMMON } });
  const given = new Map<string, unknown>(Object.entries(values));
  return Object.fromEntries(Object.keys(options).map((name) => [name, String(given.get(name))]));
}

async function main(): Promise<number> {
  const suites = findSuites();
  // Which options there are depends on the suite.
  const { values, positionals } = parseArgs({ allowPositionals: true, strict: false, options: COMMON });
  const [name] = process.argv.slice(2).filter((argument) => suites.has(argument));
  const file = name === undefined ? undefined : suites.get(name);
  if (file === undefined) {
    const problem =
      positionals.length === 0 ? '' : `bench: there is no benchmark ${JSON.stringify(positionals[0])}\n\n`;
    console.error(`${problem}${usage(suites.keys())}`);
    return 2;
  }
  const suite = await loadSuite(file);
  const own = readOptions(suite);
  const wanted = String(values.case);
  const rows: BenchRow[] = [];
  for await (const row of suite.run((caseName) => caseName.includes(wanted), own)) {
    rows.push(row);
    console.error(
      `${row.case}, next to ${row.rivalName}: ${figure(row.ours)} / ${figure(row.rival)} = ${row.ratio.toFixed(2)}`,
    );
  }
  if (rows.length === 0) {
    console.error(`bench: no case of ${suite.name} contains ${JSON.stringify(wanted)}`);
    return 2;
  }
  if (values.json === true) console.log(JSON.stringify(rows, null, 2));
  else printTable(suite, rows);
  return 0;
}

process.exitCode = await main();
