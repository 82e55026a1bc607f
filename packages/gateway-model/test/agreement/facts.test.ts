/** What the API server does with statuses, versions and metadata: each shown on it, and then asked of the model. */
import { type ControlPlane, installCrds, startControlPlane } from '@blixt/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ParseResult, parseObject } from '../../src/validation/validate.ts';
import { create, replace, type Verdict } from './api.ts';
import { crdFolder, readServedKinds, type ServedKind } from './crds.ts';
import { fieldsOf, isObject, type JsonObject } from './json.ts';

/** The first use of kube-apiserver on a machine builds it. */
const START_TIMEOUT_MS = 20 * 60_000;
const GROUP = 'gateway.networking.k8s.io';
const NAMESPACE = 'default';
const kinds = readServedKinds();
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane({ report: (line) => process.stderr.write(`cluster: ${line}\n`) });
  await installCrds(cluster, crdFolder);
}, START_TIMEOUT_MS);

afterAll(() => cluster?.stop());

function served(kind: string, version = 'v1'): ServedKind {
  const found = kinds.find((entry) => entry.kind === kind && entry.apiVersion === `${GROUP}/${version}`);
  if (found === undefined) throw new Error(`${kind} ${version} is not served`);
  return found;
}

const gatewayClass = (fields: JsonObject = {}, version = 'v1'): JsonObject => ({
  apiVersion: `${GROUP}/${version}`,
  kind: 'GatewayClass',
  metadata: { name: 'facts' },
  spec: { controllerName: 'example.com/controller' },
  ...fields,
});

const tcpRoute = (fields: JsonObject = {}): JsonObject => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'TCPRoute',
  metadata: { name: 'facts', namespace: NAMESPACE },
  spec: { rules: [{ backendRefs: [{ name: 'a', port: 80 }] }] },
  ...fields,
});

const waiting = {
  type: 'Accepted',
  status: 'Unknown',
  reason: 'Pending',
  message: 'Waiting for controller',
  lastTransitionTime: '1970-01-01T00:00:00Z',
};
const accepted = {
  ...waiting,
  status: 'True',
  reason: 'Accepted',
  lastTransitionTime: '2026-01-02T03:04:05Z',
};

/** Both say yes. Returns what both made of it. */
function bothAccept(verdict: Verdict, result: ParseResult): { server: JsonObject; model: JsonObject } {
  expect(verdict).toMatchObject({ accepted: true });
  expect(result).toMatchObject({ ok: true });
  const model: unknown = result.ok ? result.object : undefined;
  return { server: isObject(verdict.object) ? verdict.object : {}, model: isObject(model) ? model : {} };
}

/** Both say no. Returns the fields that the model names. */
function bothRefuse(verdict: Verdict, result: ParseResult, message: RegExp): string[] {
  expect(verdict.accepted).toBe(false);
  expect(verdict.message).toMatch(message);
  return result.ok ? [] : result.errors.map(({ path }) => path);
}

const createIt = (kind: ServedKind, object: JsonObject): Promise<Verdict> =>
  create(cluster, kind, object, { namespace: NAMESPACE });
const parse = (object: JsonObject): ParseResult => parseObject(object, { namespace: NAMESPACE });

describe('a status in an object that is created', () => {
  it('is not there: the default of the CRD is', async () => {
    const { server, model } = bothAccept(
      await createIt(served('GatewayClass'), gatewayClass()),
      parse(gatewayClass()),
    );
    expect(server.status).toEqual({ conditions: [waiting] });
    expect(model.status).toEqual(server.status);
  });

  it('does not come to be where the CRD has no default for it', async () => {
    const { server, model } = bothAccept(await createIt(served('TCPRoute'), tcpRoute()), parse(tcpRoute()));
    expect(server).not.toHaveProperty('status');
    expect(model).not.toHaveProperty('status');
  });

  it('is dropped by the server, which puts the default in its place; the model, which also reads stored objects, keeps it', async () => {
    const object = gatewayClass({ status: { conditions: [accepted] } });
    const { server, model } = bothAccept(await createIt(served('GatewayClass'), object), parse(object));
    expect(server.status).toEqual({ conditions: [waiting] });
    expect(model.status).toEqual({ conditions: [accepted] });
  });

  it('is not validated: one that breaks its schema is dropped like any other', async () => {
    const object = gatewayClass({ status: { conditions: [{ type: 'a b', status: 'Perhaps' }] } });
    const { server, model } = bothAccept(await createIt(served('GatewayClass'), object), parse(object));
    expect(server.status).toEqual({ conditions: [waiting] });
    expect(model.status).toEqual(server.status);
  });

  it('is refused all the same for a field that does not exist', async () => {
    const object = gatewayClass({ status: { condition: [] } });
    const verdict = await createIt(served('GatewayClass'), object);
    expect(bothRefuse(verdict, parse(object), /unknown field "status.condition"/)).toEqual([
      'status.condition',
    ]);
  });
});

describe('versions', () => {
  it.each(['GatewayClass', 'Gateway', 'HTTPRoute', 'ReferenceGrant'])(
    '%s is served as v1 and as v1beta1, with the same defaults, each as what it was sent as',
    async (kind) => {
      const specs: Readonly<Record<string, JsonObject>> = {
        GatewayClass: { controllerName: 'example.com/controller' },
        Gateway: { gatewayClassName: 'a', listeners: [{ name: 'a', port: 80, protocol: 'TCP' }] },
        HTTPRoute: { parentRefs: [{ name: 'a' }], rules: [{ backendRefs: [{ name: 'a', port: 80 }] }] },
        ReferenceGrant: {
          from: [{ group: GROUP, kind: 'TCPRoute', namespace: 'a' }],
          to: [{ group: '', kind: 'Service' }],
        },
      };
      const specsOf: unknown[] = [];
      for (const version of ['v1', 'v1beta1']) {
        const one = served(kind, version);
        const metadata = { name: 'facts', ...(one.namespaced && { namespace: NAMESPACE }) };
        const object = { apiVersion: one.apiVersion, kind, metadata, spec: specs[kind] };
        const { server, model } = bothAccept(await createIt(one, object), parse(object));
        expect(server.apiVersion).toBe(one.apiVersion);
        expect(model.apiVersion).toBe(one.apiVersion);
        expect(model.spec).toEqual(server.spec);
        specsOf.push(server.spec);
      }
      expect(specsOf[1]).toEqual(specsOf[0]);
    },
  );

  it.each([
    ['TCPRoute', 'v1alpha2'],
    ['UDPRoute', 'v1alpha2'],
    ['TLSRoute', 'v1alpha3'],
    ['BackendTLSPolicy', 'v1alpha3'],
  ])('%s %s is in the CRD and not served', async (kind, version) => {
    const { plural } = served(kind);
    const answer = await cluster.request('GET', `/apis/${GROUP}/${version}/${plural}`);
    expect(answer.status).toBe(404);
    const result = parse({ apiVersion: `${GROUP}/${version}`, kind, metadata: { name: 'a' }, spec: {} });
    expect(result).toMatchObject({ ok: false, errors: [{ code: 'unknown-version', path: 'apiVersion' }] });
  });
});

describe('metadata of an object that is created', () => {
  it('may lack a namespace: the request names it', async () => {
    const object = tcpRoute({ metadata: { name: 'facts' } });
    const { server, model } = bothAccept(await createIt(served('TCPRoute'), object), parse(object));
    expect(fieldsOf(server, 'metadata').namespace).toBe(NAMESPACE);
    expect(fieldsOf(model, 'metadata').namespace).toBe(NAMESPACE);
  });

  it('gets a name from generateName, cut to 58 characters, with five more', async () => {
    const object = tcpRoute({ metadata: { generateName: 'a'.repeat(70), namespace: NAMESPACE } });
    const { server, model } = bothAccept(await createIt(served('TCPRoute'), object), parse(object));
    const lengths = [server, model].map((made) => String(fieldsOf(made, 'metadata').name).length);
    expect(lengths[1]).toBe(lengths[0]);
  });

  it('needs a name or a generateName', async () => {
    const object = tcpRoute({ metadata: { namespace: NAMESPACE } });
    const verdict = await createIt(served('TCPRoute'), object);
    expect(bothRefuse(verdict, parse(object), /name or generateName is required/)).toEqual(['metadata.name']);
  });
});

describe('an update', () => {
  const name = 'updated';
  const request = { namespace: NAMESPACE, name };
  let old: JsonObject;

  beforeAll(async () => {
    const object = gatewayClass({ metadata: { name } });
    const made = await create(cluster, served('GatewayClass'), object, { namespace: NAMESPACE, keep: true });
    const status = { conditions: [accepted] };
    const stored = await replace(
      cluster,
      served('GatewayClass'),
      { ...(isObject(made.object) ? made.object : {}), status },
      { ...request, subresource: 'status', keep: true },
    );
    old = isObject(stored.object) ? stored.object : {};
    expect(old.status).toEqual(status);
  });

  it('of the object keeps the status that is stored', async () => {
    const object = {
      ...old,
      spec: { ...fieldsOf(old, 'spec'), description: 'new' },
      status: { conditions: [] },
    };
    const { server, model } = bothAccept(
      await replace(cluster, served('GatewayClass'), object, request),
      parseObject(object, { old }),
    );
    expect(server).toMatchObject({ spec: { description: 'new' }, status: old.status });
    expect(model).toMatchObject({ spec: { description: 'new' }, status: old.status });
  });

  it('of the status keeps everything else that is stored', async () => {
    const spec = { controllerName: 'example.com/other' };
    const labels = { a: 'b' };
    const status = { conditions: [{ ...accepted, status: 'False' }] };
    const object = { ...old, metadata: { ...fieldsOf(old, 'metadata'), labels }, spec, status };
    const { server, model } = bothAccept(
      await replace(cluster, served('GatewayClass'), object, { ...request, subresource: 'status' }),
      parseObject(object, { old, subresource: 'status' }),
    );
    for (const made of [server, model]) {
      expect(made.status).toEqual(status);
      expect(made.spec).toEqual(old.spec);
      expect(fieldsOf(made, 'metadata')).not.toHaveProperty('labels');
    }
  });

  it('of the status is validated by the schema of the status', async () => {
    const object = { ...old, status: { conditions: [{ ...accepted, status: 'Perhaps' }] } };
    const verdict = await replace(cluster, served('GatewayClass'), object, {
      ...request,
      subresource: 'status',
    });
    const result = parseObject(object, { old, subresource: 'status' });
    expect(bothRefuse(verdict, result, /Unsupported value: "Perhaps"/)).toEqual([
      'status.conditions[0].status',
    ]);
  });

  it('may not change what the CRD makes immutable', async () => {
    const object = { ...old, spec: { controllerName: 'example.com/other' } };
    const verdict = await replace(cluster, served('GatewayClass'), object, request);
    expect(bothRefuse(verdict, parseObject(object, { old }), /field is immutable/)).toEqual([
      'spec.controllerName',
    ]);
  });
});
