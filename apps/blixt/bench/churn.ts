// A process of its own, so that it disturbs no clock: changes EndpointSlices at a rate until it is ended. Its first
// argument is a ChurnJob as JSON; `ready` is printed when it begins, and every second how many were changed by then.
import { readFileSync } from 'node:fs';
import { ApiClient } from '@blixt/controller';
import { endpointAddress, endpointsOf, slicePath, type Way } from './world.ts';

/** What {@link file://./churn.ts} does. */
export interface ChurnJob {
  readonly kubeconfig: string;
  /** JSON file of the ways whose slices are changed, one after the other. */
  readonly waysFile: string;
  readonly perSecond: number;
  /** Number of the first address that is used. */
  readonly from: number;
}

const job: ChurnJob = JSON.parse(process.argv[2] ?? '{}');
const ways: Way[] = JSON.parse(readFileSync(job.waysFile, 'utf8'));
const client = await ApiClient.fromKubeconfig(job.kubeconfig, { maxConcurrentRequests: 16 });
const started = performance.now();
let begun = 0;
let done = 0;

async function change(number: number): Promise<void> {
  const way = ways[number % ways.length];
  if (way === undefined) return;
  const addresses = [endpointAddress(job.from + number), ...way.endpoints.slice(1)];
  await client.request('PATCH', slicePath(way), {
    contentType: 'application/merge-patch+json',
    body: { endpoints: endpointsOf(addresses) },
  });
  done += 1;
}

console.log('ready');
setInterval(() => {
  const due = ((performance.now() - started) / 1000) * job.perSecond;
  for (; begun < due; begun += 1) void change(begun);
}, 10);
setInterval(() => console.log(`done ${done} in ${performance.now() - started}`), 1_000);
