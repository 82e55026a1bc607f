import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSuccess } from '@blixt/cluster';
import type { ChurnJob } from './churn.ts';
import type { Contender, EndpointChange } from './contender.ts';
import type { BenchSite } from './site.ts';
import { endpointAddress, endpointsOf, slicePath, type Way } from './world.ts';

/** Slices that are changed in a second beside those that are measured. */
export const CHURN_PER_SECOND = 100;
const WARM_UP_MS = 3_000;

/** How long changes took, in milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly samples: number;
}

function latenciesOf(values: readonly number[]): Latencies {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), samples: values.length };
}

/** Changes endpoints, and measures when the change is in the kernel. No two changes have the same new address. */
export class EndpointChanges {
  readonly #site: BenchSite;
  readonly #ways: readonly Way[];
  #next: number;

  /** @param used - how many addresses of endpoints are in use */
  constructor(site: BenchSite, ways: readonly Way[], used: number) {
    this.#site = site;
    this.#ways = ways;
    this.#next = used;
  }

  /**
   * Changes single EndpointSlices.
   *
   * @param everyMs - when the next one is changed; absent: when the one before is in the kernel
   * @returns from the answer to the PATCH to the change in the kernel; 0 where it was there before the answer
   */
  async measure(contender: Contender, samples: number, everyMs?: number): Promise<Latencies> {
    // The others are those of the churn.
    const ways = this.#ways.slice(0, this.#ways.length / 2);
    const taken: Promise<number>[] = [];
    for (let sample = 0; sample < samples; sample += 1) {
      const way = ways[(sample * 7919) % ways.length];
      if (way === undefined) throw new Error('there are no ways');
      const latency = this.#change(contender, { way, address: endpointAddress(this.#next++) });
      taken.push(latency);
      await (everyMs === undefined
        ? latency
        : Promise.race([latency.catch(() => undefined), sleep(everyMs)]));
      if (everyMs !== undefined) await sleep(everyMs);
      else await sleep(20 + Math.random() * 40);
    }
    return latenciesOf(await Promise.all(taken));
  }

  /** Does something while {@link CHURN_PER_SECOND} other slices a second change. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly perSecond: number }> {
    const { control, network } = this.#site;
    const waysFile = join(network.lab.directory, 'churn.json');
    writeFileSync(waysFile, JSON.stringify(this.#ways.slice(this.#ways.length / 2)));
    const job: ChurnJob = {
      kubeconfig: control.kubeconfigPath,
      waysFile,
      perSecond: CHURN_PER_SECOND,
      from: this.#next,
    };
    // Enough for as long as anything here takes.
    this.#next += CHURN_PER_SECOND * 1_000;
    const script = join(import.meta.dirname, 'churn.ts');
    await using churn = this.#site.rival.namespace.start(process.execPath, [script, JSON.stringify(job)]);
    await churn.ready((output) => output.includes('ready'), 30_000);
    await sleep(WARM_UP_MS);
    const result = await work();
    const [, done, milliseconds] = /done (\d+) in (\S+)\s*$/.exec(churn.output) ?? [];
    return { result, perSecond: (Number(done) / Number(milliseconds)) * 1000 };
  }

  async #change(contender: Contender, change: EndpointChange): Promise<number> {
    const { way, address } = change;
    const seen = contender.seen(change);
    const answer = await this.#site.control.request('PATCH', slicePath(way), {
      contentType: 'application/merge-patch+json',
      body: { endpoints: endpointsOf([address, ...way.endpoints.slice(1)]) },
    });
    const answered = performance.now();
    if (!isSuccess(answer)) throw new Error(`PATCH ${slicePath(way)}: ${JSON.stringify(answer.body)}`);
    return Math.max(0, (await seen) - answered);
  }
}
