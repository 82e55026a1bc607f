import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchRow, type BenchSuite, rowsAgainst } from '@blixt/bench';
import { Blixt } from './blixt.ts';
import { type Contender, type Memory, memoryOf } from './contender.ts';
import { CHURN_PER_SECOND, EndpointChanges, type Latencies } from './endpoint-changes.ts';
import { KubeProxy } from './kube-proxy.ts';
import { BenchSite } from './site.ts';
import { allAccepted, type StatusWrites, writesBetween } from './statuses.ts';
import { createWorld, waysOf } from './world.ts';

/** At scale 1. */
const FULL = { gateways: 1_000, endpoints: 10 };
const STATUS_MS = 300_000;
const SETTLE_MS = 5_000;

/** How many changes are measured of each contender: kube-proxy takes seconds for one. */
const SAMPLES = { blixt: { alone: 200, churn: 200 }, rival: { alone: 4, churn: 100 } };

/** What is found out about one of the two. */
export interface Findings {
  /** From the start of the process until everything is loaded, in seconds. */
  readonly loaded: number;
  readonly memory: Memory;
  readonly alone: Latencies;
  readonly churn: Latencies;
  /** Slices that were changed in a second beside those of `churn`. */
  readonly perSecond: number;
}

/** What is found out about statuses. */
export interface StatusFindings {
  /** From the start of the process until all routes' statuses are written, in seconds. */
  readonly written: number;
  readonly writes: StatusWrites;
  readonly writesAfterRestart: StatusWrites;
  /** From the start of the next process until everything is loaded, in seconds. */
  readonly restarted: number;
}

/** What the control plane's benchmark finds out. */
export interface Report {
  readonly services: number;
  readonly blixt: Findings;
  readonly statuses: StatusFindings;
  /** Absent where it was left out. */
  readonly rival?: Findings;
}

export interface ReportOptions {
  /** A part of 1,000 Gateways with 10 listeners each. Default 1. */
  readonly scale?: number;
  /** Endpoints of a Service. Default 10. */
  readonly endpoints?: number;
  /** Samples of single changes are this part of those of the whole benchmark. Default 1. */
  readonly samples?: number;
  /** Whether kube-proxy is measured. Default true. */
  readonly withRival?: boolean;
  /** Told what is at hand. */
  readonly progress?: (message: string) => void;
}

async function measure(
  contender: Contender,
  changes: EndpointChanges,
  samples: { readonly alone: number; readonly churn: number },
  everyMs: number | undefined,
): Promise<Omit<Findings, 'loaded'>> {
  const memory = memoryOf(contender);
  const alone = await changes.measure(contender, samples.alone);
  const { result: churn, perSecond } = await changes.during(() =>
    changes.measure(contender, samples.churn, everyMs),
  );
  return { memory, alone, churn, perSecond };
}

/** Sets everything up, measures Blixt and then kube-proxy on the same objects, and takes everything down. */
export async function report(options: ReportOptions = {}): Promise<Report> {
  const {
    scale = 1,
    endpoints = FULL.endpoints,
    samples = 1,
    withRival = true,
    progress = () => undefined,
  } = options;
  const gateways = Math.max(1, Math.round(FULL.gateways * scale));
  const ways = waysOf({ gateways, endpoints });
  const backends = ways.length * endpoints;
  const part = (count: number): number => Math.max(1, Math.round(count * samples));
  await using site = await BenchSite.start();
  progress(`making ${gateways} Gateways, ${ways.length} routes and Services, ${backends} endpoints`);
  await createWorld(site.control, ways);
  const changes = new EndpointChanges(site, ways, backends);

  progress('starting blixt');
  await using blixt = new Blixt(site, ways.length, backends);
  const before = await site.requests();
  const started = performance.now();
  const accepted = allAccepted(site, ways.length, STATUS_MS);
  const loaded = await blixt.start(ways);
  progress(`blixt: loaded after ${loaded.toFixed(1)} s; waiting for the statuses`);
  const written = ((await accepted) - started) / 1000;
  await sleep(SETTLE_MS);
  const afterFirst = await site.requests();
  await blixt.readAddresses();
  progress(`blixt: statuses written after ${written.toFixed(1)} s; changing endpoints`);
  const ours = await measure(
    blixt,
    changes,
    { alone: part(SAMPLES.blixt.alone), churn: part(SAMPLES.blixt.churn) },
    undefined,
  );
  progress(`blixt: ${JSON.stringify(ours)}; starting it again`);
  await blixt.stop();
  const beforeSecond = await site.requests();
  const restarted = await blixt.start(ways);
  await blixt.leads();
  await sleep(SETTLE_MS);
  const afterSecond = await site.requests();
  await blixt.stop();
  const statuses: StatusFindings = {
    written,
    writes: writesBetween(before, afterFirst),
    writesAfterRestart: writesBetween(beforeSecond, afterSecond),
    restarted,
  };
  progress(`blixt: ${JSON.stringify(statuses)}`);
  const findings = { services: ways.length, blixt: { loaded, ...ours }, statuses };
  if (!withRival) return findings;

  progress('starting kube-proxy');
  await using kubeProxy = new KubeProxy(site);
  const rivalLoaded = await kubeProxy.start(ways);
  progress(`kube-proxy: loaded after ${rivalLoaded.toFixed(1)} s; changing endpoints`);
  const rival = await measure(
    kubeProxy,
    changes,
    { alone: part(SAMPLES.rival.alone), churn: part(SAMPLES.rival.churn) },
    100,
  );
  progress(`kube-proxy: ${JSON.stringify(rival)}`);
  return { ...findings, rival: { loaded: rivalLoaded, ...rival } };
}

function* rowsOf({ services, blixt, rival, statuses }: Report): Generator<BenchRow> {
  if (rival === undefined) return;
  const row = rowsAgainst('kube-proxy, nftables');
  const goal = rowsAgainst('goal');
  const churn = `${CHURN_PER_SECOND} slices a second beside`;
  yield row('start until loaded', 's', blixt.loaded, rival.loaded);
  yield row('changed EndpointSlice, p50', 'ms', blixt.alone.p50, rival.alone.p50);
  yield row('changed EndpointSlice, p99', 'ms', blixt.alone.p99, rival.alone.p99);
  yield row(`changed EndpointSlice, p50, ${churn}`, 'ms', blixt.churn.p50, rival.churn.p50);
  yield row(`changed EndpointSlice, p99, ${churn}`, 'ms', blixt.churn.p99, rival.churn.p99);
  yield row('slices changed beside', '1/s', blixt.perSecond, rival.perSecond);
  yield row('resident memory, loaded', 'MiB', blixt.memory.resident, rival.memory.resident);
  yield row('resident memory, peak', 'MiB', blixt.memory.peak, rival.memory.peak);
  yield goal(`statuses of ${services} routes`, 's', statuses.written, 60);
  yield goal('status writes for each route', 'writes', statuses.writes.routes / services, 1);
  yield goal('start again until loaded', 's', statuses.restarted, 15);
  yield goal('status writes after a restart, and one', 'writes', statuses.writesAfterRestart.all + 1, 1);
}

/**
 * The control plane at a size: `blixt run` next to kube-proxy, one after the other, on the same objects of a real
 * API server. `--scale` makes it smaller; see bench/README.md.
 */
export const suite: BenchSuite = {
  name: 'control-plane',
  title: 'Control plane: 10,000 Services with 10 endpoints each behind 1,000 Gateways, next to kube-proxy',
  options: { scale: { type: 'string', default: '1' }, endpoints: { type: 'string', default: '10' } },
  async *run(filter, { scale, endpoints } = {}) {
    const found = await report({
      scale: Number(scale ?? 1),
      endpoints: Number(endpoints ?? FULL.endpoints),
      progress: console.error,
    });
    for (const row of rowsOf(found)) if (filter(row.case)) yield row;
  },
};
