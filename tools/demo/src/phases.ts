import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadClient, RequestLoad, RequestStats } from '@blixt/lab';
import { PhaseRecord, type PhaseResult, type Weights } from './phase.ts';
import { EXAMPLE_WEIGHTS, HeldConnections, SERVICES, type Stage } from './stage.ts';
import type { View } from './view.ts';

/** Requests to judge shares by: the standard deviation of a 50% share is then 1.1 points. */
const REQUESTS = 4_000;
/** A change on disk is in the data plane within 100 ms; the demo waits a bit longer before it counts. */
const SETTLE_MS = 300;
/** How long connections may take to notice that they were reset; they ping every 50 ms. */
const RESET_TIMEOUT_MS = 2_000;
const REFRESH_MS = 200;

/** Runs a load while the view shows how it goes. */
async function watched(
  view: View,
  client: LoadClient,
  weights: Weights,
  load: RequestLoad,
  meanwhile?: () => Promise<void>,
): Promise<RequestStats> {
  const job = client.startRequests({ concurrency: 8, durationMs: 30_000, ...load });
  const timer = setInterval(() => view.progress(weights, job.current), REFRESH_MS);
  try {
    if (meanwhile === undefined) return await job.done;
    await meanwhile();
    return await job.stop();
  } finally {
    clearInterval(timer);
  }
}

/** Makes requests, each of which must be answered, in the shares that the weights ask for. */
async function checkTraffic(
  record: PhaseRecord,
  view: View,
  client: LoadClient,
  weights: Weights,
  load: RequestLoad,
): Promise<void> {
  const stats = await watched(view, client, weights, { requests: REQUESTS, ...load });
  record.addRequests(stats);
  record.checkShares(weights, stats);
}

/** New connections and flows are shared out by the routes' weights. */
async function weightsAreHonoured(
  stage: Stage,
  view: View,
  service: keyof typeof SERVICES,
): Promise<PhaseResult> {
  const record = new PhaseRecord(`weights: ${service}`);
  view.begin(record.name);
  const { c1, c2 } = stage.clients;
  const client = service.endsWith('IPv4') ? c1 : c2;
  await checkTraffic(record, view, client, EXAMPLE_WEIGHTS, SERVICES[service]);
  return record.result();
}

/** An edited weight holds for new connections; connections that were there live on. */
async function weightIsEdited(stage: Stage, view: View): Promise<PhaseResult> {
  const record = new PhaseRecord('edit a weight');
  view.begin(record.name);
  const held = await HeldConnections.open(stage);
  const weights = { ...EXAMPLE_WEIGHTS, b1: 10 };
  stage.manifests.setWeights('TCPRoute', weights);
  view.say('routes.yaml: the weight of b1 is now 10, was 50');
  await sleep(SETTLE_MS);
  await checkTraffic(record, view, stage.clients.c1, weights, SERVICES['TCP over IPv4']);
  record.checkOpen('connections from before the edit', held.current);
  await held.close();
  return record.result();
}

/** A terminating pod keeps its connections and gets no new ones. */
async function podTerminates(stage: Stage, view: View, held: HeldConnections): Promise<PhaseResult> {
  const record = new PhaseRecord('a pod terminates');
  view.begin(record.name);
  stage.manifests.setPoolStates({ b3: 'terminating' });
  view.say('pool.yaml: the EndpointSlices say that b3 is terminating');
  await sleep(SETTLE_MS);
  await checkTraffic(record, view, stage.clients.c2, { b1: 1, b2: 1, b3: 0 }, SERVICES['TCP over IPv6']);
  record.checkOpen('connections to b3', held.of('b3'));
  record.checkOpen('connections to b1 and b2', held.notOf('b3'));
  return record.result();
}

/** The connections of a pod that is gone are reset at once, those of others are left alone. */
async function podIsGone(stage: Stage, view: View, held: HeldConnections): Promise<PhaseResult> {
  const record = new PhaseRecord('a pod is gone');
  view.begin(record.name);
  const editedAt = performance.now();
  stage.manifests.setPoolStates({ b3: 'gone' });
  view.say('pool.yaml: b3 is out of the EndpointSlices');
  while (
    held.of('b3').some(({ state }) => state === 'open') &&
    performance.now() - editedAt < RESET_TIMEOUT_MS
  ) {
    await sleep(10);
  }
  record.checkReset('connections to b3', held.of('b3'), Math.round(performance.now() - editedAt));
  await checkTraffic(record, view, stage.clients.c1, { b1: 1, b2: 1, b3: 0 }, SERVICES['TCP over IPv4']);
  record.checkOpen('connections to b1 and b2', held.notOf('b3'));
  return record.result();
}

/** `blixt` dies under load and comes back; nobody notices. */
async function blixtIsKilled(stage: Stage, view: View, held: HeldConnections): Promise<PhaseResult> {
  const record = new PhaseRecord('kill blixt and restart it');
  view.begin(record.name);
  const weights = { b1: 1, b2: 1, b3: 0 };
  const overUdp = stage.clients.c2.startRequests({
    ...SERVICES['UDP over IPv6'],
    ratePerSecond: 200,
    durationMs: 60_000,
  });
  const load = { ...SERVICES['TCP over IPv4'], ratePerSecond: 500, durationMs: 60_000 };
  const overTcp = await watched(view, stage.clients.c1, weights, load, async () => {
    await sleep(1_000);
    await stage.blixt.kill();
    const diedAt = performance.now();
    view.say('blixt was killed (SIGKILL); its data plane goes on');
    await sleep(1_000);
    await stage.blixt.start();
    const away = Math.round(performance.now() - diedAt);
    record.observe(`blixt was away for ${away} ms`);
    view.say('blixt runs again and has taken over');
    await sleep(1_500);
  });
  record.addRequests(overTcp);
  record.checkShares(weights, overTcp);
  record.addRequests(await overUdp.stop());
  record.checkOpen('connections from before the kill', held.notOf('b3'));
  await held.close();
  return record.result();
}

/** The demo's phases, one after the other. */
export async function* runPhases(stage: Stage, view: View): AsyncGenerator<PhaseResult> {
  for (const service of ['TCP over IPv4', 'TCP over IPv6', 'UDP over IPv4', 'UDP over IPv6'] as const) {
    yield await weightsAreHonoured(stage, view, service);
  }
  yield await weightIsEdited(stage, view);
  stage.manifests.routeToPool();
  await sleep(SETTLE_MS);
  const held = await HeldConnections.open(stage);
  yield await podTerminates(stage, view, held);
  yield await podIsGone(stage, view, held);
  yield await blixtIsKilled(stage, view, held);
}

/** How many phases `runPhases` has. */
export const PHASE_COUNT = 8;
