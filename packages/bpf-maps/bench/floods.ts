import { type BenchRow, median } from '@blixt/bench';
import { BpfMap } from '../src/index.ts';
import type { RivalName } from './cases.ts';
import { Contender } from './contender.ts';
import { oursCommand, rivalCommand } from './contender-commands.ts';
import type { Rivals } from './rivals/build.ts';

const NAME = 'ring buffer, 64-byte records, concurrent producer';
const FORMS = ['callback', 'raw', 'iterator', 'batches'];
const RIVALS: readonly RivalName[] = ['libbpf', 'cilium/ebpf'];

/** Bytes of the ring: as many records as a producer writes in about a millisecond. */
const RING = 1 << 20;
/** How many records the producer tries to write for each consumer in each round. */
const ATTEMPTS = 1 << 22;
const ROUNDS = 5;

/** How a consumer did in one round. */
interface Outcome {
  /** Records a second that it received. */
  readonly rate: number;
  /** Of 100 records, how many the producer found no room for. */
  readonly dropped: number;
}

/** A producer writes as fast as the kernel lets it, in one system call, while the consumer reads. */
async function flood(
  map: BpfMap<unknown, unknown>,
  producer: Contender,
  consumer: Contender,
): Promise<Outcome> {
  const request = { id: map.id, start: 0, count: ATTEMPTS };
  const receiving = consumer.ask({ operation: 'receive', ...request });
  // Until it waits for the first record, from which on it counts the time.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await producer.ask({ operation: 'flood', ...request });
  const { nanoseconds, check: received } = await receiving;
  return { rate: (received / nanoseconds) * 1e9, dropped: (1 - received / (ATTEMPTS + 1)) * 100 };
}

/**
 * Records received a second of time that passed, next to a producer that never waits: what does not fit the ring is
 * dropped. Consumers take turns at the same ring.
 */
export async function* compareInFloods(
  rivals: Rivals,
  filter: (caseName: string) => boolean,
): AsyncGenerator<BenchRow> {
  const forms = FORMS.filter((form) => filter(`${NAME}, ${form}`));
  if (forms.length === 0) return;
  console.error(`${NAME}: ${ROUNDS} rounds of ${ATTEMPTS}, ring of ${RING}`);
  using map = BpfMap.create({ type: 'ringbuf', maxEntries: RING, name: 'blixt_bench' });
  await using stack = new AsyncDisposableStack();
  const producer = stack.use(new Contender('producer', [rivals.c]));
  const consumers = [
    ...forms.map((form) => stack.use(new Contender(form, oursCommand(form)))),
    ...RIVALS.map((name) => stack.use(new Contender(name, rivalCommand(rivals, name, '')))),
  ];
  for (const consumer of consumers) await flood(map, producer, consumer);
  const outcomes = new Map<string, Outcome[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < consumers.length; turn++) {
      const consumer = consumers[(round + turn) % consumers.length];
      if (consumer === undefined) continue;
      const outcome = await flood(map, producer, consumer);
      outcomes.set(consumer.name, [...(outcomes.get(consumer.name) ?? []), outcome]);
    }
  }
  const of = (name: string, figure: keyof Outcome) =>
    median((outcomes.get(name) ?? []).map((outcome) => outcome[figure]));
  for (const name of outcomes.keys()) console.error(`  ${name}: ${of(name, 'dropped').toFixed(1)} % dropped`);
  for (const form of forms) {
    const ours = of(form, 'rate');
    for (const rivalName of RIVALS) {
      const rival = of(rivalName, 'rate');
      yield { case: `${NAME}, ${form}`, unit: 'records/s', ours, rival, rivalName, ratio: ours / rival };
    }
  }
}
