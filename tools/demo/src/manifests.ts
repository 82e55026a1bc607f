import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, parseAllDocuments, stringify } from 'yaml';
import type { Weights } from './phase.ts';

/** A pod's state, as its EndpointSlice's conditions have it; `gone` is out of the slice. */
export type PodState = 'ready' | 'terminating' | 'gone';

/** A pod of the demo: its name and addresses. */
export interface Pod {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

const CONDITIONS = {
  ready: { ready: true, serving: true, terminating: false },
  terminating: { ready: false, serving: true, terminating: true },
};

/** The Service of three pods that the demo routes to, to take one of them away. */
const POOL = 'pool';

function stringAt(document: Document, path: readonly (string | number)[]): string {
  return String(document.getIn(path) ?? '');
}

/** A folder with a copy of the examples, edited as a person would: file by file, while `blixt` watches. */
export class Manifests {
  readonly folder: string;
  readonly #pods: readonly Pod[];

  /**
   * @param examples - the folder to copy from.
   * @param folder - the folder to make.
   */
  constructor(examples: string, folder: string, pods: readonly Pod[]) {
    this.folder = folder;
    this.#pods = pods;
    cpSync(examples, folder, { recursive: true });
  }

  /** Changes the weights of a route's backendRefs. */
  setWeights(routeKind: 'TCPRoute' | 'UDPRoute', weights: Weights): void {
    this.#editRoute(routeKind, (route) => {
      const count = Object.keys(weights).length;
      for (let index = 0; index < count; index += 1) {
        const backendRef = ['spec', 'rules', 0, 'backendRefs', index];
        const weight = weights[stringAt(route, [...backendRef, 'name'])];
        if (weight !== undefined) route.setIn([...backendRef, 'weight'], weight);
      }
    });
  }

  /** Sends a TCPRoute to one Service of all pods, in equal shares. */
  routeToPool(): void {
    this.setPoolStates({});
    this.#editRoute('TCPRoute', (route) => {
      route.setIn(['spec', 'rules', 0, 'backendRefs'], [{ name: POOL, port: 80 }]);
    });
  }

  /** Writes the Service of all pods and its EndpointSlices; pods that are not named are ready. */
  setPoolStates(states: Readonly<Record<string, PodState>>): void {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: POOL },
      spec: { ports: [{ name: 'web', protocol: 'TCP', port: 80, targetPort: 8080 }] },
    };
    const slices = (['ipv4', 'ipv6'] as const).map((family) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${POOL}-${family}`, labels: { 'kubernetes.io/service-name': POOL } },
      addressType: family === 'ipv4' ? 'IPv4' : 'IPv6',
      ports: [{ name: 'web', protocol: 'TCP', port: 8080 }],
      endpoints: this.#pods.flatMap((pod) => {
        const state = states[pod.name] ?? 'ready';
        return state === 'gone' ? [] : [{ addresses: [pod[family]], conditions: CONDITIONS[state] }];
      }),
    }));
    this.#write(`${POOL}.yaml`, [service, ...slices].map((object) => stringify(object)).join('---\n'));
  }

  #editRoute(kind: string, edit: (route: Document) => void): void {
    for (const file of readdirSync(this.folder).filter((name) => name.endsWith('.yaml'))) {
      const documents = parseAllDocuments(readFileSync(join(this.folder, file), 'utf8'));
      if (!Array.isArray(documents)) continue;
      const routes = documents.filter((document) => stringAt(document, ['kind']) === kind);
      if (routes.length === 0) continue;
      for (const route of routes) edit(route);
      this.#write(file, documents.map((document) => document.toString()).join(''));
      return;
    }
    throw new Error(`no ${kind} in the examples copied to ${this.folder}`);
  }

  /** Writes a file in one step, so that nobody reads half of it. */
  #write(file: string, text: string): void {
    const temporary = join(this.folder, `.${file}.new`);
    writeFileSync(temporary, text);
    renameSync(temporary, join(this.folder, file));
  }
}
