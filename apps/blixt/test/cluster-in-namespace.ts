/**
 * An API server with Gateway API and the objects of folders, for the network namespace that this runs in: prints
 * `KUBECONFIG <path>`, then `STATUS <json>` whenever the status of the Gateway `example` is another. With
 * API_ADDRESS in the environment it is reached at that address of the namespace from elsewhere.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installGatewayApi, startControlPlane } from '@blixt/cluster';
import { gatewayApiVersion } from '@blixt/gateway-model';
import { apply, type Manifest, readManifests } from './cluster-objects.ts';

const GATEWAY = '/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways/example';

const inDefault = (object: Manifest): Manifest =>
  ['GatewayClass', 'Namespace'].includes(object.kind)
    ? object
    : { ...object, metadata: { namespace: 'default', ...object.metadata } };

const { API_ADDRESS: address } = process.env;
const cluster = await startControlPlane(address === undefined ? {} : { site: { address, identities: [] } });
await installGatewayApi(cluster, gatewayApiVersion);
for (const folder of process.argv.slice(2)) {
  for (const file of readdirSync(folder).sort())
    await apply(cluster, ...readManifests(join(folder, file)).map(inDefault));
}
console.log(`KUBECONFIG ${cluster.kubeconfigPath}`);
for (let told = ''; ; await sleep(100)) {
  const { body } = await cluster.request('GET', GATEWAY);
  const status = JSON.stringify((body as { status?: object }).status);
  if (status !== told) console.log(`STATUS ${status}`);
  told = status;
}
