import { type ControlPlane, isSuccess } from '@blixt/cluster';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { kubeConfigOf } from './test-server.ts';

/** A rule of a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Service accounts of the namespace `default` that may do what they are given, and nothing else. */
export class ServiceAccounts {
  readonly #cluster: ControlPlane;

  constructor(cluster: ControlPlane) {
    this.#cluster = cluster;
  }

  /** A token of an account with a ClusterRole of these rules. */
  async token(name: string, rules: readonly PolicyRule[]): Promise<string> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await this.#post(accounts, { metadata: { name } });
    await this.#post(`${rbac}/clusterroles`, { metadata: { name }, rules });
    await this.#post(`${rbac}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
    });
    const answer = await this.#post(`${accounts}/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3_600 },
    });
    return (answer as { status: { token: string } }).status.token;
  }

  /** A client in the name of an account with a ClusterRole of these rules. */
  async client(name: string, rules: readonly PolicyRule[], server?: string): Promise<ApiClient> {
    const token = await this.token(name, rules);
    return new ApiClient(kubeConfigOf(this.#cluster, { token, ...(server === undefined ? {} : { server }) }));
  }

  async #post(path: string, body: object): Promise<unknown> {
    const answer = await this.#cluster.request('POST', path, { body });
    if (!isSuccess(answer)) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
