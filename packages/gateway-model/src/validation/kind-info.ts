/** Which kinds the model knows, and what a reader of objects must know about each. */
import type { ModelKind } from '../objects/kinds.ts';
import { kindSchemas } from './schemas.ts';

/** What a reader of objects must know about a kind. */
export interface KindInfo {
  /** Its name, e.g. `Gateway`. */
  readonly kind: ModelKind;
  /** API group; '' is the core group. */
  readonly group: string;
  /** Served versions as written in `apiVersion`, the preferred one first. */
  readonly apiVersions: readonly string[];
  /** Whether its objects live in a namespace. */
  readonly namespaced: boolean;
}

function toKindInfo(kind: string): KindInfo | undefined {
  const schema = kindSchemas.get(kind);
  if (!schema) return undefined;
  const { apiVersions, namespaced } = schema;
  const [first = ''] = apiVersions;
  const group = first.includes('/') ? first.slice(0, first.indexOf('/')) : '';
  // The schemas are exactly those of the model's kinds; kind-info.test.ts holds both to each other.
  return { kind: schema.kind as ModelKind, group, apiVersions, namespaced };
}

/** Every kind that {@link parseObject} reads, by name: Gateway API's standard channel, Blixt's own, and a few core kinds. */
export const modelKinds: ReadonlyMap<string, KindInfo> = new Map(
  [...kindSchemas.keys()].flatMap((kind) => {
    const info = toKindInfo(kind);
    return info ? [[kind, info] as const] : [];
  }),
);
