import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type BenchRow, type BenchSuite, median, rowsAgainst } from '@blixt/bench';
import { changes } from './changes.ts';
import { indexOf, Subject } from './subject.ts';
import { worldOf } from './world.ts';

/** Gateways of the size that is asked for, with ten routes, ten Services and a hundred endpoints each. */
const SIZE = 1000;
const TENTH = SIZE / 10;
const RIVAL = 'the same library at a tenth of the size';
const FULL_ROUNDS = 9;
const CHANGES = 2000;
const MEMORY_ROUNDS = 5;

interface Sizes {
  readonly ours: Subject;
  readonly rival: Subject;
}

const format = (number: number): string => number.toLocaleString('en');

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const row = rowsAgainst(RIVAL);

/** Medians of both sizes, measured in turns. */
function inTurns(sizes: Sizes, rounds: number, measure: (subject: Subject, turn: number) => number) {
  const times = { ours: [] as number[], rival: [] as number[] };
  for (const subject of [sizes.rival, sizes.ours]) measure(subject, 0);
  for (let turn = 1; turn <= rounds; turn += 1) {
    times.ours.push(measure(sizes.ours, turn));
    times.rival.push(measure(sizes.rival, turn));
  }
  return times;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

const heapAfterCollection = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

interface Memory {
  /** Bytes of an object, on average. */
  readonly object: number;
  /** Bytes that the index takes for each object, beside the object. */
  readonly index: number;
  /** Bytes of objects and index in all. */
  readonly total: number;
}

function weigh(size: number): Memory {
  const empty = heapAfterCollection();
  const { objects } = worldOf(size);
  const filled = heapAfterCollection();
  const index = indexOf(objects);
  const indexed = heapAfterCollection();
  if (index.count('Gateway') !== size) throw new Error('not every Gateway was indexed');
  const count = objects.length;
  return { object: (filled - empty) / count, index: (indexed - filled) / count, total: indexed - empty };
}

/** Medians of several times: what else the engine keeps or lets go comes and goes. */
function memoryOf(size: number): Memory {
  const times = Array.from({ length: MEMORY_ROUNDS }, () => weigh(size));
  const of = (field: keyof Memory): number => median(times.map((memory) => memory[field]));
  const memory = { object: of('object'), index: of('index'), total: of('total') };
  console.error(
    `memory, ${format(size)} Gateways: ${memory.object.toFixed(0)} bytes an object, and ${memory.index.toFixed(0)} ` +
      `of index for it; ${(memory.total / 2 ** 20).toFixed(1)} MiB of heap in all`,
  );
  return memory;
}

function* full(sizes: Sizes, filter: (caseName: string) => boolean): Generator<BenchRow> {
  const text = `${format(SIZE)} Gateways, ${format(SIZE * 10)} TCPRoutes, ${format(SIZE * 10)} Services, ${format(SIZE * 100)} endpoints`;
  const names = {
    total: `full resolve, ${text}`,
    each: `full resolve, for each of ${format(SIZE)} Gateways`,
    index: `full index, for each of ${format(SIZE)} Gateways`,
  };
  if (filter(names.total) || filter(names.each)) {
    const { ours, rival } = inTurns(sizes, FULL_ROUNDS, (subject) => timed(() => subject.resolveAll()));
    if (filter(names.total)) yield row(names.total, 'ms', median(ours), median(rival));
    if (filter(names.each)) yield row(names.each, 'ms', median(ours) / SIZE, median(rival) / TENTH);
  }
  if (filter(names.index)) {
    const { ours, rival } = inTurns(sizes, FULL_ROUNDS, (subject) => {
      let count = 0;
      const time = timed(() => {
        count = indexOf(subject.world.objects).count('TCPRoute');
      });
      if (count !== subject.world.routes.length) throw new Error(`${count} TCPRoutes were indexed`);
      return time;
    });
    yield row(names.index, 'ms', median(ours) / SIZE, median(rival) / TENTH);
  }
}

function* single(sizes: Sizes, filter: (caseName: string) => boolean): Generator<BenchRow> {
  for (const change of changes) {
    const name = `one change, ${change.name}, ${format(SIZE)} Gateways`;
    if (!filter(name)) continue;
    let touched = 0;
    let turns = 0;
    const { ours, rival } = inTurns(sizes, CHANGES, (subject, turn) => {
      const object = change.next(subject, turn);
      const time = timed(() => {
        touched += subject.change(object);
      });
      turns += 1;
      return time;
    });
    const p99 = ours.toSorted((a, b) => a - b)[Math.floor(ours.length * 0.99)] ?? Number.NaN;
    console.error(
      `${name}: ${(touched / turns).toFixed(2)} Gateways touched; 99 of 100 below ${p99.toFixed(3)} ms`,
    );
    yield row(name, 'ms', median(ours), median(rival));
  }
}

/**
 * Milliseconds of deciding about a whole cluster, and of one change: taking it and deciding about all that it
 * touches. Next to the same library at a tenth of the size: what costs in proportion to what it is about, and
 * not to the size of the cluster, has a ratio of 1 (`one change`, and what is counted for each Gateway); a full
 * resolve in all has 10.
 */
export const suite: BenchSuite = {
  name: 'model',
  title: 'Gateway model: what a cluster, and what a change costs',
  *run(filter) {
    const memory = `memory, index, ${format(SIZE)} Gateways`;
    if (filter(memory)) yield row(memory, 'bytes/object', memoryOf(SIZE).index, memoryOf(TENTH).index);
    const sizes = { ours: new Subject(SIZE), rival: new Subject(TENTH) };
    yield* full(sizes, filter);
    yield* single(sizes, filter);
  },
};
