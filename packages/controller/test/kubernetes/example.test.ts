import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';

const cluster = await clusterForTests();
const MERGE_PATCH = 'application/merge-patch+json';

/** A namespace of this test, and the limit of its quota; undefined when it has none. */
async function namespaceWith(name: string, labels: Record<string, string> = {}) {
  const path = `/api/v1/namespaces/${name}`;
  const { status } = await cluster.request('POST', '/api/v1/namespaces', {
    body: { metadata: { name, labels } },
  });
  expect(status).toBe(201);
  const quota = `${path}/resourcequotas/pods`;
  return {
    label: (pods: string | null) =>
      cluster.request('PATCH', path, {
        body: { metadata: { labels: { 'example.com/pods': pods } } },
        contentType: MERGE_PATCH,
      }),
    setByHand: (pods: string) =>
      cluster.request('PATCH', quota, { body: { spec: { hard: { pods } } }, contentType: MERGE_PATCH }),
    limit: async (): Promise<string | undefined> => {
      const { status: code, body } = await cluster.request('GET', quota);
      return code === 404 ? undefined : (body as { spec: { hard: { pods: string } } }).spec.hard.pods;
    },
  };
}

describe('the example of a controller of another kind', () => {
  it('keeps ResourceQuotas as labels of Namespaces say', async () => {
    const before = await namespaceWith('before', { 'example.com/pods': '5' });
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../examples/quota-controller.ts')], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfigPath },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await eventually(async () => expect(await before.limit()).toBe('5'), 30_000);
    const after = await namespaceWith('after');
    await after.label('20');
    await eventually(async () => expect(await after.limit()).toBe('20'));
    await after.setByHand('1000');
    await eventually(async () => expect(await after.limit()).toBe('20'));
    await after.label(null);
    await eventually(async () => expect(await after.limit()).toBeUndefined());
    expect(await before.limit()).toBe('5');
  });
});
