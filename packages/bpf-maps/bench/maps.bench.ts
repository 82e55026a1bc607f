import { type BenchRow, type BenchSuite, median } from '@blixt/bench';
import { type Answer, keyOf, type Request } from './answer-requests.ts';
import { caseName, type RivalName, rivalsIn, type Workload, workloads } from './cases.ts';
import { Contender } from './contender.ts';
import { npmForm, oursCommand, rivalCommand } from './contender-commands.ts';
import { compareInFloods } from './floods.ts';
import { buildRivals, type Rivals } from './rivals/build.ts';

/** A rival that holds keys and values in several ways is a contender for each of them. */
function rivalLabel(name: RivalName, form: string): string {
  return name === 'npm bpf' ? `${name}, ${npmForm(form)}` : name;
}

/** What the caretaker finds where a contender has written. */
function expectedSum(maxEntries: number, start: number, count: number): number {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += keyOf(maxEntries, i) & 0xff;
  return sum;
}

/** All contenders of a workload at one map. */
class Arena implements AsyncDisposable {
  readonly #workload: Workload;
  readonly #id: number;
  readonly #maxEntries: number;
  readonly #contenders: ReadonlyMap<string, Contender>;
  /** Fills and empties the map, and checks what is in it. */
  readonly #caretaker: Contender;
  readonly #times = new Map<string, number[]>();

  constructor(workload: Workload, id: number, maxEntries: number, rivals: Rivals, forms: readonly string[]) {
    this.#workload = workload;
    this.#id = id;
    this.#maxEntries = maxEntries;
    const commands = new Map<string, readonly string[]>();
    for (const form of forms) {
      commands.set(`ours, ${form}`, oursCommand(form));
      for (const name of rivalsIn(workload, form)) {
        commands.set(rivalLabel(name, form), rivalCommand(rivals, name, form));
      }
    }
    this.#contenders = new Map(
      [...commands].map(([label, command]) => [label, new Contender(label, command)]),
    );
    this.#caretaker = new Contender('caretaker', [rivals.c]);
  }

  #request(operation: string, start: number, count: number): Request {
    return { operation, id: this.#id, start, count };
  }

  async #prepare(start: number, count: number): Promise<void> {
    const { preparation } = this.#workload;
    if (preparation === 'filled') await this.#caretaker.ask(this.#request('load', start, count));
    if (preparation === 'emptied') await this.#caretaker.ask(this.#request('clear', start, count));
    if (preparation === 'produced') await this.#caretaker.ask(this.#request('produce', start, count));
  }

  /** Each contender writes entries of its own, so that what is found there is its work. */
  async #warmUpWriting(): Promise<void> {
    const { operation, warmUp } = this.#workload;
    for (const [index, contender] of [...this.#contenders.values()].entries()) {
      const start = index * warmUp;
      await contender.ask(this.#request(operation, start, warmUp));
      const found = await this.#caretaker.ask(this.#request('get', start, warmUp));
      const expected = expectedSum(this.#maxEntries, start, warmUp);
      if (found.check !== expected) throw new Error(`${contender.name} did not write what it should`);
    }
    await this.#caretaker.ask(this.#request('load', 0, this.#maxEntries));
  }

  async #turn(contenders: readonly Contender[], start: number, count: number): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const contender of contenders) {
      await this.#prepare(start, count);
      answers.push(await contender.ask(this.#request(this.#workload.operation, start, count)));
    }
    const [first] = answers;
    for (const [index, { check }] of answers.entries()) {
      if (check !== first?.check) {
        const [a, b] = [contenders[0]?.name, contenders[index]?.name];
        throw new Error(`${this.#workload.name}: ${a} found ${first?.check}, ${b} found ${check}`);
      }
    }
    return answers;
  }

  /** Runs all in turns, each round another one first, so that whatever disturbs the machine disturbs all. */
  async measure(): Promise<void> {
    const { operation, count, rounds, warmUp, warmUps, preparation } = this.#workload;
    const all = [...this.#contenders.values()];
    if (operation === 'set' || operation === 'write' || operation === 'load') await this.#warmUpWriting();
    else {
      if (preparation !== 'produced') await this.#caretaker.ask(this.#request('load', 0, this.#maxEntries));
      await this.#turn(all, 0, warmUp);
    }
    // It takes some calls until all that they run is compiled for good.
    for (let turn = 0; turn < warmUps; turn++) await this.#turn(all, 0, warmUp);
    for (let round = 0; round < rounds; round++) {
      const order = [...all.slice(round % all.length), ...all.slice(0, round % all.length)];
      const answers = await this.#turn(order, round * count, count);
      for (const [index, { nanoseconds }] of answers.entries()) {
        const label = order[index]?.name ?? '';
        this.#times.set(label, [...(this.#times.get(label) ?? []), nanoseconds]);
      }
    }
  }

  /** Results a second. */
  rate(label: string): number {
    return (this.#workload.count / median(this.#times.get(label) ?? [])) * 1e9;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const contender of [...this.#contenders.values(), this.#caretaker])
      await contender[Symbol.asyncDispose]();
  }
}

async function* compare(
  workload: Workload,
  rivals: Rivals,
  forms: readonly string[],
): AsyncGenerator<BenchRow> {
  using map = workload.createMap();
  const { name, rounds, count } = workload;
  console.error(`${name}: ${rounds} rounds of ${count}, map of ${map.info.maxEntries}`);
  await using arena = new Arena(workload, map.id, map.info.maxEntries, rivals, forms);
  await arena.measure();
  for (const form of forms) {
    for (const rivalName of rivalsIn(workload, form)) {
      const ours = arena.rate(`ours, ${form}`);
      const rival = arena.rate(rivalLabel(rivalName, form));
      yield {
        case: caseName(workload, form),
        unit: workload.unit,
        ours,
        rival,
        rivalName,
        ratio: ours / rival,
      };
    }
  }
}

/**
 * Operations a second, next to the same loop in C on raw system calls, cilium/ebpf and npm's `bpf`, all on the
 * same map in the same order of keys. Medians of rounds in which they take turns.
 */
export const suite: BenchSuite = {
  name: 'maps',
  title: 'BPF maps: operations a second',
  async *run(filter) {
    const rivals = buildRivals();
    for (const workload of workloads) {
      const forms = workload.forms.filter((form) => filter(caseName(workload, form)));
      if (forms.length > 0) yield* compare(workload, rivals, forms);
    }
    yield* compareInFloods(rivals, filter);
  },
};
