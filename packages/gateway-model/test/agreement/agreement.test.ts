import { type ControlPlane, installCrds, startControlPlane } from '@blixt/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, mapConcurrently } from './api.ts';
import { type Comparison, compare, describe as describeComparison } from './comparison.ts';
import { makeCorpus, onlyOnUpdate } from './corpus.ts';
import { crdFolder, readServedKinds, rulesOf } from './crds.ts';
import { readExamples, type Sample } from './examples.ts';
import { fieldsOf } from './json.ts';
import { ruleCaseMessages } from './rule-cases.ts';
import { RuleCoverage } from './rule-coverage.ts';
import { shrink } from './shrink.ts';
import { Values } from './values.ts';

/** The same seed makes the same corpus: AGREEMENT_SEED and AGREEMENT_OBJECTS make another, or a larger one. */
const seed = Number(process.env.AGREEMENT_SEED ?? 20_261_122);
const size = Number(process.env.AGREEMENT_OBJECTS ?? 7_000);
const CONNECTIONS = 8;
/** The first use of kube-apiserver on a machine builds it. */
const START_TIMEOUT_MS = 20 * 60_000;
const RUN_TIMEOUT_MS = 10 * 60_000;

const kinds = readServedKinds();
const examples = readExamples(kinds);
const rules = kinds.flatMap(rulesOf).filter((rule) => !onlyOnUpdate(rule));
let cluster: ControlPlane;

beforeAll(async () => {
  const report = (line: string): boolean => process.stderr.write(`cluster: ${line}\n`);
  cluster = await startControlPlane({ report, connections: CONNECTIONS });
  await installCrds(cluster, crdFolder);
}, START_TIMEOUT_MS);

afterAll(() => cluster?.stop());

/** The namespace that a client would send the object to. */
function namespaceOf({ object }: Sample): string {
  const { namespace } = fieldsOf(object, 'metadata');
  return typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
}

async function judge(sample: Sample): Promise<Comparison> {
  const namespace = namespaceOf(sample);
  const verdict = await create(cluster, sample.served, sample.object, { namespace });
  return compare(sample, verdict, { namespace });
}

/** The disagreement in as small an object as a few questions find. */
async function smallest(comparison: Comparison): Promise<string> {
  const { sample } = comparison;
  const kindOf = ({ disagreement }: Comparison): string | undefined => disagreement?.split('\n')[0];
  const object = await shrink(sample.object, async (smaller) => {
    const namespace = namespaceOf({ ...sample, object: smaller });
    if (namespace !== namespaceOf(sample)) return false;
    return kindOf(await judge({ ...sample, object: smaller })) === kindOf(comparison);
  });
  return describeComparison(await judge({ ...sample, object }));
}

const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(whole, 1)).toFixed(2)} %`;

describe('the model and kube-apiserver agree on objects that are created', () => {
  it(
    `on every example of the Go module and on thousands of objects made from them (seed ${seed})`,
    async () => {
      const corpus = makeCorpus({ kinds, examples, values: new Values(kinds, examples) }, { seed, size });
      for (const name of new Set(corpus.map(namespaceOf))) {
        if (name !== 'default')
          await cluster.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
      }
      const startedAt = performance.now();
      const comparisons = await mapConcurrently(corpus, CONNECTIONS, judge);
      const seconds = (performance.now() - startedAt) / 1_000;

      const coverage = new RuleCoverage(rules);
      for (const { sample, verdict } of comparisons) coverage.add(sample, verdict);
      const agreed = comparisons.filter(({ disagreement }) => disagreement === undefined);
      const refused = agreed.filter(({ verdict }) => !verdict.accepted);
      const fields = refused.reduce((sum, { named }) => sum + named.length, 0);
      const unnamed = refused.reduce((sum, comparison) => sum + comparison.unnamed.length, 0);
      const sent = new Set(corpus.map(({ served }) => served));
      console.log(
        [
          `agreement: ${agreed.length} of ${corpus.length} objects (${percent(agreed.length, corpus.length)}), ` +
            `defaulted objects compared: ${agreed.filter(({ compared }) => compared).length}, ` +
            `rules broken: ${coverage.total - coverage.unbroken.length} of ${coverage.total}, ` +
            `held: ${coverage.total - coverage.unheld.length} of ${coverage.total}`,
          `fields that both name: ${percent(fields - unnamed, fields)} of ${fields} in ${refused.length} refused objects`,
          `${examples.length} examples, ${sent.size} versions of ${new Set([...sent].map(({ kind }) => kind)).size} kinds, ` +
            `seed ${seed}, ${seconds.toFixed(1)} s`,
        ].join('\n'),
      );

      const disagreements = comparisons.filter(({ disagreement }) => disagreement !== undefined);
      const shown: string[] = [];
      for (const disagreement of disagreements.slice(0, 5)) shown.push(await smallest(disagreement));
      expect.soft(shown, `AGREEMENT_SEED=${seed} AGREEMENT_OBJECTS=${size} repeats this`).toEqual([]);
      expect.soft(coverage.unbroken, 'rules that no object broke').toEqual([]);
      expect.soft(coverage.unheld, 'rules that were not checked in any accepted object').toEqual([]);
      expect(sent.size).toBe(kinds.length);
      expect(corpus.length).toBeGreaterThanOrEqual(5_000);
    },
    RUN_TIMEOUT_MS,
  );

  it('and every rule that values are written for is a rule of the CRDs', () => {
    const messages = new Set(rules.map(({ message }) => message));
    expect(ruleCaseMessages.filter((message) => !messages.has(message))).toEqual([]);
  });
});
