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

/** A package's benchmark; `bench/NAME.bench.ts` exports it as `suite`. */
export interface BenchSuite {
  /** What `npm run bench -- NAME` calls it. */
  readonly name: string;
  readonly title: string;
  /** Measures the cases whose name passes the filter, one after the other. */
  run(filter: (caseName: string) => boolean): Iterable<BenchRow> | AsyncIterable<BenchRow>;
}
