/**
 * `npm run demo [-- --json]`: Blixt in a network of its own, with real traffic.
 *
 * Exit code 0 when all phases saw what they claim, 1 otherwise. Whatever way it ends, the lab takes down all
 * that it made.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Blixt } from './blixt.ts';
import type { PhaseResult } from './phase.ts';
import { PHASE_COUNT, runPhases } from './phases.ts';
import { buildStage, type Stage } from './stage.ts';
import { LiveView, PlainView, type View } from './view.ts';

const USAGE = `Usage: npm run demo [-- --json]

Builds a network of two clients, a load balancer and three backends in namespaces, runs blixt on the
example YAML, sends traffic through it for about 20 s and checks what comes of it.

  --json  print one JSON object on standard output, and progress on standard error
`;

/** Flows and packets are asked for this often: each time is a process of its own. */
const COUNT_EVERY_MS = 1_500;

/** Shows the data plane's counters until it is told to stop. */
async function showCounters(blixt: Blixt, view: View, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const counters = await blixt.counters();
    if (signal.aborted) return;
    if (counters !== undefined) view.counted(counters);
    await sleep(COUNT_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Stops `blixt`; says what is wrong when that is not clean. */
async function shutDown({ blixt, lab }: Stage): Promise<string | undefined> {
  const exit = await blixt.stop();
  if (exit?.code !== 0) return `blixt ended with ${exit?.code ?? exit?.signal}, expected 0:\n${blixt.log}`;
  if (existsSync(lab.pinDirectory)) return `blixt left pins at ${lab.pinDirectory}`;
  return undefined;
}

/** Starts `blixt` and plays all phases; adds each result to `results` as soon as it is there. */
async function play(stage: Stage, view: View, live: boolean, results: PhaseResult[]): Promise<void> {
  const counting = new AbortController();
  try {
    view.say(`$ ${stage.blixt.commandLine}`);
    view.say(`ready after ${await stage.blixt.start()} ms`);
    if (live) void showCounters(stage.blixt, view, counting.signal);
    for await (const result of runPhases(stage, view)) {
      results.push(result);
      view.end(result);
    }
  } finally {
    counting.abort();
  }
}

/** The whole demo. Returns whether all was as claimed. */
async function perform(json: boolean): Promise<boolean> {
  const output = json ? process.stderr : process.stdout;
  const live = output.isTTY && !json;
  const phases: PhaseResult[] = [];
  let error: string | undefined;
  let stage: Stage | undefined;
  try {
    output.write('Building the lab: 2 clients, the load balancer, 3 backends\n');
    stage = await buildStage();
    const write = (text: string): void => {
      output.write(text);
    };
    const view = live
      ? new LiveView(write, PHASE_COUNT, stage.topology.backends)
      : new PlainView(write, PHASE_COUNT, stage.topology.backends);
    await play(stage, view, live, phases);
    view.counted((await stage.blixt.counters()) ?? new Map());
    view.summary(phases);
    error = await shutDown(stage);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const log = stage?.blixt.log.trim() ?? '';
    // A process that did not become ready has its log in the message already.
    error = `The demo cannot go on: ${reason}${reason.includes(log) ? '' : `\n\nThe log of blixt:\n${log}`}`;
  } finally {
    stage?.lab.dispose();
  }
  if (error !== undefined) process.stderr.write(`\n${error.trim()}\n`);
  const ok = error === undefined && phases.length === PHASE_COUNT && phases.every((phase) => phase.ok);
  if (json) process.stdout.write(`${JSON.stringify({ ok, phases, ...(error && { error }) }, null, 2)}\n`);
  return ok;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else process.exitCode = (await perform(values.json)) ? 0 : 1;
