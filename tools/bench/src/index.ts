export { median, rowsAgainst } from './figures.ts';

/** One line of a benchmark's answer. */
export interface BenchRow {
  readonly case: string;
  /** What `ours` and `rival` are counted in, such as `ns/packet`. */
  readonly unit: string;
  readonly ours: number;
  readonly rival: number;
  readonly rivalName: string;
  /** ours / rival */
  readonly ratio: number;
}

/** Options of a suite's own, as `parseArgs` of node:util takes them, and their values. */
export type BenchOptions = Readonly<Record<string, { readonly type: 'string'; readonly default: string }>>;
export type BenchValues = Readonly<Record<string, string | undefined>>;

/** A package's benchmark; `bench/NAME.bench.ts` exports it as `suite`. */
export interface BenchSuite {
  /** What `npm run bench -- NAME` calls it. */
  readonly name: string;
  readonly title: string;
  /** What its command line takes beside what all take. */
  readonly options?: BenchOptions;
  /** Measures the cases whose name passes the filter, one after the other. */
  run(
    filter: (caseName: string) => boolean,
    values?: BenchValues,
  ): Iterable<BenchRow> | AsyncIterable<BenchRow>;
}
