/**
 * A controller of another kind: a Namespace with the label `example.com/pods: "20"` gets a ResourceQuota with that
 * limit, and loses it with the label; what somebody changes by hand is put right. Of several instances one works.
 * Run it with `node quota-controller.ts`; it asks the API server that kubectl would ask.
 */
import {
  ApiClient,
  type ApiObject,
  Informer,
  KeyedQueue,
  LeaderElector,
  resourcePath,
} from '@blixt/controller';

const LABEL = 'example.com/pods';
const OURS = { 'app.kubernetes.io/managed-by': 'quota-controller' };
const QUOTAS = { group: '', version: 'v1', resource: 'resourcequotas' };

type Namespace = ApiObject & { metadata: { labels?: Record<string, string> } };
type Quota = ApiObject & { metadata: { namespace: string }; spec: { hard?: { pods?: string } } };

const client = await ApiClient.fromKubeconfig();
const namespaces = new Informer<Namespace, { namespace: string; pods: string }>({
  client,
  resource: { group: '', version: 'v1', resource: 'namespaces' },
  labelSelector: LABEL,
  metadataOnly: true,
  transform: ({ metadata: { name, labels } }) => ({ namespace: name, pods: labels?.[LABEL] ?? '' }),
  logger: console,
});
const quotas = new Informer<Quota, { namespace: string; pods: string }>({
  client,
  resource: QUOTAS,
  labelSelector: 'app.kubernetes.io/managed-by=quota-controller',
  transform: ({ metadata, spec }) => ({ namespace: metadata.namespace, pods: spec.hard?.pods ?? '' }),
  logger: console,
});

/** Makes a namespace what it shall be, by what is known now: called again until it works. */
async function reconcile(namespace: string): Promise<void> {
  const wanted = namespaces.get(namespace)?.pods;
  const path = resourcePath(QUOTAS, { namespace, name: 'pods' });
  if (wanted === quotas.get('pods', namespace)?.pods) return;
  if (wanted === undefined) await client.request('DELETE', path);
  else {
    const body = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods', labels: OURS } };
    await client.request('PATCH', path, {
      query: { fieldManager: 'quota-controller', force: true },
      contentType: 'application/apply-patch+yaml',
      body: { ...body, spec: { hard: { pods: wanted } } },
    });
  }
  console.log(`${namespace}: ${wanted ?? 'no quota'}`);
}

async function lead(signal: AbortSignal): Promise<void> {
  const onError = (error: unknown, namespace: string): void => console.error(namespace, error);
  await using queue = new KeyedQueue({ process: reconcile, onError, concurrency: 4, ratePerSecond: 50 });
  const unsubscribe = [namespaces, quotas].map((informer) =>
    informer.subscribe((events) => events.forEach(({ object }) => void queue.add(object.namespace))),
  );
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  for (const end of unsubscribe) end();
}

await Promise.all([namespaces.start().synced(), quotas.start().synced()]);
new LeaderElector({ client, namespace: 'default', name: 'quota-controller', lead, logger: console }).start();
