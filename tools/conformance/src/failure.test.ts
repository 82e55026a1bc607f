import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyManifests,
  blixtFiles,
  type ControlPlane,
  GATEWAY_CLASS,
  installCrds,
  installGatewayApi,
  type Manifest,
  parseManifests,
  startControlPlane,
} from '@blixt/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFailure, type FailureContext } from './failure.ts';
import { suiteFolder, suiteVersion } from './go-binaries.ts';

const TEST = 'TCPRouteInvalidBackendRefNonexistent';
const MANIFEST = 'tests/tcproute-invalid-backendref-nonexistent.yaml';
const files = blixtFiles(import.meta.resolve('@blixt/blixt/package.json'));

// At the top, where no time limit holds: the first use of kube-apiserver on a machine builds it.
const control: ControlPlane = await startControlPlane({ report: console.error });
const folder = mkdtempSync(join(tmpdir(), 'blixt-failure-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await control.stop();
});

/** Objects as the suite applies them: with the class of this run in place of its mark. */
async function suiteObjects(): Promise<readonly Manifest[]> {
  const text = readFileSync(join(await suiteFolder(), MANIFEST), 'utf8');
  return parseManifests(text.replaceAll('{GATEWAY_CLASS_NAME}', GATEWAY_CLASS));
}

describe('what is told of a failed test', () => {
  let context: FailureContext;
  beforeAll(async () => {
    await Promise.all([installGatewayApi(control, suiteVersion()), installCrds(control, files.crds)]);
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'gateway-conformance-infra' },
    };
    const name = { name: GATEWAY_CLASS };
    const parameters = {
      apiVersion: 'blixt.dev/v1alpha1',
      kind: 'BlixtParameters',
      metadata: name,
      spec: { addresses: { pool: { ranges: ['192.0.2.0/24'] } } },
    };
    const gatewayClass = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: name,
      spec: {
        controllerName: 'gateway.networking.k8s.io/blixt',
        parametersRef: { group: 'blixt.dev', kind: 'BlixtParameters', ...name },
      },
    };
    await applyManifests(control, [namespace, parameters, gatewayClass, ...(await suiteObjects())]);
    const logPath = join(folder, 'node1.log');
    const line = (time: string, msg: string): string => `${JSON.stringify({ level: 30, time, msg })}\n`;
    writeFileSync(
      logPath,
      line('2026-01-01T00:00:00.000Z', 'before the test') + line('2026-01-01T00:00:02.000Z', 'meanwhile'),
    );
    const instance = { node: 'node1', logPath, pinDirectory: folder, statusDirectory: folder };
    context = {
      control,
      instances: [instance],
      command: files.command,
      pool: ['192.0.2.0/24'],
      suiteFolder: await suiteFolder(),
      parallel: true,
    };
  });

  const end = { test: TEST, started: '2026-01-01T00:00:01Z', failed: true, manifests: [MANIFEST] };

  it('is what Blixt decides about its objects, and why', async () => {
    const text = await describeFailure(end, context);
    expect(text).toMatch(/^==== Blixt, at the failure of TCPRouteInvalidBackendRefNonexistent ====$/m);
    expect(text).toMatch(/^Gateway gateway-conformance-infra\/\S+ is served/m);
    expect(text).toMatch(/^TCPRoute gateway-conformance-infra\/.*/m);
    expect(text).toMatch(/no Service|does not exist|BackendNotFound/);
  });

  it('is the statuses in the API, and the log since it began', async () => {
    const text = await describeFailure(end, context);
    expect(text).toMatch(/^Gateway\/gateway-conformance-infra\/\S+:\n {2}conditions:/m);
    expect(text).toContain('meanwhile');
    expect(text).not.toContain('before the test');
  });

  it('leaves other tests out that run at the same time', async () => {
    const text = await describeFailure({ ...end, manifests: [] }, context);
    expect(text).toContain('The test has no object that is decided about.');
    const alone = await describeFailure({ ...end, manifests: [] }, { ...context, parallel: false });
    expect(alone).toMatch(/^TCPRoute gateway-conformance-infra\/.*/m);
  });
});
