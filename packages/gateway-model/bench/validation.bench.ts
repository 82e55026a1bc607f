import { type BenchRow, type BenchSuite, median, rowsAgainst } from '@blixt/bench';
import { gateway, gatewayClass, httpRoute, listener, tcpRoute } from '../src/objects/builders.ts';
import { kindSchemas } from '../src/validation/schemas.ts';
import { type KindSchemas, parseAgainst } from '../src/validation/validate.ts';
import { bundledBytes } from './validation-bytes.ts';
import { withLibraryRules } from './validation-library.ts';

const RIVAL = '@marcbachmann/cel-js';
const ROUNDS = 9;
/** Milliseconds of a round of one contender. */
const ROUND = 100;

const listeners = (count: number) =>
  Array.from({ length: count }, (_, index) => listener('TCP', 8000 + index, { name: `l${index}` }));

const backends = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `backend-${index}`, port: 80 }));

/** What is validated, valid all of it: so that no way can stop early. */
const objects: Readonly<Record<string, object>> = {
  GatewayClass: gatewayClass(),
  'Gateway, 2 listeners': gateway({ listeners: listeners(2) }),
  'Gateway, 64 listeners': gateway({ listeners: listeners(64) }),
  'TCPRoute, 2 backends': tcpRoute({ parentRefs: [{ name: 'edge' }], backendRefs: backends(2) }),
  'HTTPRoute, 1 rule': httpRoute({
    parentRefs: [{ name: 'edge' }],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: backends(1) }],
  }),
  'HTTPRoute, 16 rules': httpRoute({
    parentRefs: [{ name: 'edge' }],
    rules: Array.from({ length: 16 }, (_, index) => ({
      matches: [{ path: { type: 'PathPrefix', value: `/${index}` } }],
      filters: [
        { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value: 'y' }] } },
      ],
      backendRefs: backends(4),
    })),
  }),
};

/** Objects validated a second, in one round. */
function rate(kinds: KindSchemas, object: object): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < ROUND) {
    if (!parseAgainst(kinds, object).ok) throw new Error('expected a valid object, got an invalid one');
    count += 1;
    elapsed = performance.now() - start;
  }
  return (count * 1000) / elapsed;
}

const row = rowsAgainst(RIVAL);

/** Runs both in turns, so that whatever disturbs the machine disturbs both. */
function measure(name: string, object: object, library: KindSchemas): BenchRow {
  const rates = { ours: [] as number[], rival: [] as number[] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const ours = rate(kindSchemas, object);
    const rival = rate(library, object);
    if (round === 0) continue;
    rates.ours.push(ours);
    rates.rival.push(rival);
  }
  return row(name, 'objects/s', median(rates.ours), median(rates.rival));
}

/**
 * The whole of validation (structure, metadata, defaults, rules), its rules compiled or evaluated by a CEL
 * library. Medians of nine rounds, in turns.
 */
export const suite: BenchSuite = {
  name: 'validation',
  title: 'Validation: CEL rules compiled, next to the same rules evaluated by a library',
  async *run(filter) {
    const library = withLibraryRules(kindSchemas.values());
    for (const [name, object] of Object.entries(objects))
      if (filter(`validate, ${name}`)) yield measure(`validate, ${name}`, object, library);
    const names = ['bundle, minified', 'bundle, minified and gzipped'] as const;
    if (!names.some(filter)) return;
    const { ours, rival } = await bundledBytes();
    if (filter(names[0])) yield row(names[0], 'bytes', ours.minified, rival.minified);
    if (filter(names[1])) yield row(names[1], 'bytes', ours.gzipped, rival.gzipped);
  },
};
