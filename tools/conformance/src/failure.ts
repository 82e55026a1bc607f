import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  at,
  type BlixtInstance,
  type ControlPlane,
  listAt,
  type Manifest,
  parseManifests,
} from '@blixt/cluster';
import { stringify } from 'yaml';
import type { TestEnd } from './run-suite.ts';

const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1';
/** All that decisions rest on. */
const COLLECTIONS = [
  ...['gatewayclasses', 'gateways', 'listenersets', 'tcproutes', 'udproutes', 'httproutes'].map(
    (name) => `${GATEWAY_API}/${name}`,
  ),
  `${GATEWAY_API}/referencegrants`,
  '/apis/blixt.dev/v1alpha1/blixtparameters',
  '/api/v1/namespaces',
  '/api/v1/services',
  '/api/v1/secrets',
  '/apis/discovery.k8s.io/v1/endpointslices',
];
/** What decisions are made about. */
const DECIDED = ['GatewayClass', 'Gateway', 'ListenerSet', 'TCPRoute', 'UDPRoute', 'HTTPRoute'];
const SHOWN_LOG_LINES = 200;

/** An object of the API, or of a manifest; of either, no more is known for sure. */
type LiveObject = Manifest & { readonly status?: unknown };

const isLiveObject = (value: unknown): value is LiveObject =>
  typeof at(value, 'metadata', 'name') === 'string';

/** Every object that decisions rest on, as the API has it now. Lists leave out what their items are. */
async function readObjects(control: ControlPlane): Promise<LiveObject[]> {
  const lists = await Promise.all(
    COLLECTIONS.map(async (path) => {
      const { body } = await control.request('GET', path);
      const apiVersion = at(body, 'apiVersion');
      const kind = String(at(body, 'kind')).replace(/List$/, '');
      return listAt(body, 'items')
        .filter(isLiveObject)
        .map((item) => ({ ...item, apiVersion: String(apiVersion), kind }));
    }),
  );
  return lists.flat();
}

const referenceTo = ({ kind, metadata }: Manifest): string =>
  [kind, ...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name].join('/');

/** Those of a test: what its manifests name, and, when no other test runs, what was made since it began. */
function objectsOfTest(
  objects: readonly LiveObject[],
  named: ReadonlySet<string>,
  since: number,
): LiveObject[] {
  return objects.filter((object) => {
    if (!DECIDED.includes(object.kind)) return false;
    // Times of creation have whole seconds.
    const created = Date.parse(String(at(object, 'metadata', 'creationTimestamp')));
    return named.has(referenceTo(object)) || created >= Math.floor(since / 1000) * 1000;
  });
}

function namesIn(suiteFolder: string, manifests: readonly string[]): ReadonlySet<string> {
  const objects = manifests.flatMap((path) => parseManifests(readFileSync(join(suiteFolder, path), 'utf8')));
  return new Set(objects.map(referenceTo));
}

/** What `blixt explain` says of these of the objects. */
function explain(
  command: string,
  pool: readonly string[],
  objects: readonly LiveObject[],
  wanted: readonly LiveObject[],
): string {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  const addresses = pool.flatMap((range) => ['--address', range]);
  const args = [command, 'explain', '-f', '-', ...addresses, ...wanted.map(referenceTo)];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    input: JSON.stringify(list),
    maxBuffer: 1 << 28,
  });
  return `${stdout}${stderr}`.trimEnd();
}

/** The lines of an instance's log from a time on, the latest. */
function logSince({ logPath }: BlixtInstance, since: number): readonly string[] {
  const lines = readFileSync(logPath, 'utf8').split('\n');
  const later = lines.filter((line) => {
    const [, time] = /"time":"([^"]+)"/.exec(line) ?? [];
    return time !== undefined && Date.parse(time) >= since;
  });
  return later.slice(-SHOWN_LOG_LINES);
}

/** Where {@link describeFailure} looks. */
export interface FailureContext {
  readonly control: ControlPlane;
  readonly instances: readonly BlixtInstance[];
  /** The command `blixt`. */
  readonly command: string;
  readonly pool: readonly string[];
  readonly suiteFolder: string;
  /** Whether other tests run at the same time. */
  readonly parallel: boolean;
}

/**
 * What Blixt thought when a test failed: what it explains of the test's objects, the statuses that it wrote, and what
 * every instance logged since the test began. To be called while the objects are there.
 */
export async function describeFailure(
  { test, started, manifests }: TestEnd,
  context: FailureContext,
): Promise<string> {
  const since = Date.parse(started);
  const objects = await readObjects(context.control);
  const named = namesIn(context.suiteFolder, manifests);
  const own = objectsOfTest(objects, named, context.parallel ? Number.POSITIVE_INFINITY : since);
  const sections = [`==== Blixt, at the failure of ${test || 'the set-up'} ====`];
  if (own.length > 0) {
    sections.push('---- blixt explain', explain(context.command, context.pool, objects, own));
    sections.push('---- statuses in the API');
    for (const object of own)
      sections.push(stringify({ [referenceTo(object)]: object.status ?? null }).trimEnd());
  } else {
    sections.push('The test has no object that is decided about.');
  }
  for (const instance of context.instances) {
    sections.push(`---- log of ${instance.node} since ${started}`, ...logSince(instance, since));
  }
  sections.push('====');
  return sections.join('\n');
}
