import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlPlane, installCrds, startControlPlane } from '@blixt/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, mapConcurrently, replace } from './api.ts';
import { sample as draw } from './choose.ts';
import { type Comparison, compare, describe as describeComparison } from './comparison.ts';
import { makeCorpus, onlyOnUpdate } from './corpus.ts';
import { crdFolder, readServedKinds, rulesOf } from './crds.ts';
import { readExamples, type Sample } from './examples.ts';
import { isObject } from './json.ts';
import { writeLaxCrds } from './lax-crds.ts';
import { RuleCoverage } from './rule-coverage.ts';
import { makeUpdates, storableStatus, type Update } from './updates.ts';
import { Values } from './values.ts';

/** AGREEMENT_SEED and AGREEMENT_STORED make other updates, or more of them. */
const seed = Number(process.env.AGREEMENT_SEED ?? 20_261_122);
const count = Number(process.env.AGREEMENT_STORED ?? 1_200);
const EACH = 3;
const CONNECTIONS = 8;
const NAMESPACE = 'default';
/** The first use of kube-apiserver on a machine builds it. */
const START_TIMEOUT_MS = 20 * 60_000;
const RUN_TIMEOUT_MS = 10 * 60_000;

const kinds = readServedKinds();
const examples = readExamples(kinds);
const values = new Values(kinds, examples);
const rules = kinds.flatMap(rulesOf).filter(onlyOnUpdate);
let cluster: ControlPlane;
let laxFolder: string;

beforeAll(async () => {
  const report = (line: string): boolean => process.stderr.write(`cluster: ${line}\n`);
  laxFolder = mkdtempSync(join(tmpdir(), 'blixt-lax-crds-'));
  writeLaxCrds(laxFolder);
  cluster = await startControlPlane({ report, connections: CONNECTIONS });
}, START_TIMEOUT_MS);

afterAll(async () => {
  rmSync(laxFolder, { recursive: true, force: true });
  await cluster?.stop();
});

const nameOf = (index: number): string => `stored-${index}`;

/** Stores what the lax CRDs let be stored, valid or not, half of it with a status. */
async function store(): Promise<{ readonly index: number; readonly sample: Sample }[]> {
  const all = makeCorpus({ kinds, examples, values }, { seed: seed + 100, size: 6_000 });
  const every = all.length / Math.min(count, all.length);
  const corpus = all.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
  const statuses = draw(seed + 101, corpus.length, (choose, index) => {
    const sample = corpus[index];
    return sample !== undefined && choose.chance(0.5) ? storableStatus(sample, values, choose) : undefined;
  });
  const stored = await mapConcurrently([...corpus.entries()], CONNECTIONS, async ([index, sample]) => {
    const metadata = { name: nameOf(index), ...(sample.served.namespaced && { namespace: NAMESPACE }) };
    const object = {
      ...sample.object,
      apiVersion: sample.served.apiVersion,
      kind: sample.served.kind,
      metadata,
    };
    const created = await create(cluster, sample.served, object, { namespace: NAMESPACE, keep: true });
    if (!isObject(created.object)) return undefined;
    const status = statuses[index];
    if (status === undefined || !sample.served.statusSubresource)
      return { index, sample: { ...sample, object: created.object } };
    const withStatus = await replace(
      cluster,
      sample.served,
      { ...created.object, status },
      { namespace: NAMESPACE, name: nameOf(index), subresource: 'status', keep: true },
    );
    return {
      index,
      sample: { ...sample, object: isObject(withStatus.object) ? withStatus.object : created.object },
    };
  });
  return stored.filter((entry) => entry !== undefined);
}

/** Waits until every version of every kind is validated by the CRDs as they are again. */
async function untilStrict(): Promise<void> {
  for (const served of kinds) {
    const object = { apiVersion: served.apiVersion, kind: served.kind, metadata: { name: 'without-spec' } };
    while ((await create(cluster, served, object, { namespace: NAMESPACE })).accepted) await sleep(50);
  }
}

describe('the model and kube-apiserver agree on updates', () => {
  it(
    `of objects and of their statuses, whether what is stored is valid or not (seed ${seed})`,
    async () => {
      await installCrds(cluster, laxFolder);
      const stored = await store();
      await installCrds(cluster, crdFolder);
      await untilStrict();

      const names = new Map(stored.map(({ index, sample }) => [sample.object, nameOf(index)]));
      const updates = makeUpdates(
        stored.map(({ sample }) => sample),
        rules,
        values,
        { seed, each: EACH },
      );
      const judge = async ({ sample, old, subresource }: Update): Promise<Comparison> => {
        const name = names.get(old) ?? '';
        const verdict = await replace(cluster, sample.served, sample.object, {
          namespace: NAMESPACE,
          name,
          subresource,
        });
        return compare(sample, verdict, { namespace: NAMESPACE, old, ...(subresource && { subresource }) });
      };
      const startedAt = performance.now();
      const comparisons = await mapConcurrently(updates, CONNECTIONS, judge);
      const seconds = (performance.now() - startedAt) / 1_000;

      const coverage = new RuleCoverage(rules);
      for (const { sample, verdict } of comparisons) coverage.add(sample, verdict);
      const agreed = comparisons.filter(({ disagreement }) => disagreement === undefined);
      console.log(
        `agreement on updates: ${agreed.length} of ${updates.length} ` +
          `(${updates.filter(({ subresource }) => subresource !== undefined).length} of statuses) of ${stored.length} stored objects, ` +
          `accepted and compared: ${agreed.filter(({ compared }) => compared).length}, ` +
          `rules broken: ${coverage.total - coverage.unbroken.length} of ${coverage.total}, seed ${seed}, ${seconds.toFixed(1)} s`,
      );
      const disagreements = comparisons
        .map((comparison, index) => ({ comparison, update: updates[index] }))
        .filter(({ comparison }) => comparison.disagreement !== undefined);
      const shown = disagreements
        .slice(0, 8)
        .map(
          ({ comparison, update }) =>
            `${update?.subresource ?? 'object'} ${describeComparison(comparison)}\n  stored ${JSON.stringify(update?.old)}`,
        );
      expect.soft(shown, `AGREEMENT_SEED=${seed} AGREEMENT_STORED=${count} repeats this`).toEqual([]);
      expect.soft(coverage.unbroken, 'rules that no update broke').toEqual([]);
      expect.soft(coverage.unheld, 'rules that were not checked in any accepted update').toEqual([]);
    },
    RUN_TIMEOUT_MS,
  );
});
