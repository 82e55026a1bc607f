import type { StatusRecord } from '@blixt/controller';
import type { InstanceState } from '@blixt/xdp-lb';

/** A condition of an object, as status files have it. */
export interface ConditionStatus {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** What `blixt status` knows of a listener. */
export interface ListenerSummary {
  readonly name: string;
  readonly attachedRoutes: number;
  readonly conditions: readonly ConditionStatus[];
}

/** What `blixt status` knows of a Gateway. */
export interface GatewaySummary {
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly conditions: readonly ConditionStatus[];
  readonly listeners: readonly ListenerSummary[];
}

/** What `blixt status` knows of a ListenerSet. */
export interface ListenerSetSummary {
  readonly namespace: string;
  readonly name: string;
  readonly conditions: readonly ConditionStatus[];
  readonly listeners: readonly ListenerSummary[];
}

/** What `blixt status` knows of a route at one of its parents. */
export interface RouteSummary {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/gateway`, `namespace/gateway/listener` or `namespace/gateway:port`. */
  readonly parent: string;
  readonly conditions: readonly ConditionStatus[];
}

/** What `blixt status` prints: with `--output json` as it is. */
export interface InstanceStatus {
  readonly pinDirectory: string;
  /** Whether a data plane is loaded there. */
  readonly loaded: boolean;
  readonly interfaces: InstanceState['interfaces'];
  readonly gateways: readonly GatewaySummary[];
  readonly listenerSets: readonly ListenerSetSummary[];
  readonly routes: readonly RouteSummary[];
  readonly services: InstanceState['services'];
  /** Packets that were dropped, by reason. */
  readonly drops: InstanceState['drops'];
}

/** Puts together what the data plane counts and what was decided. */
export function summarize(
  pinDirectory: string,
  stats: InstanceState | undefined,
  records: readonly StatusRecord[],
): InstanceStatus {
  return {
    pinDirectory,
    loaded: stats !== undefined,
    interfaces: stats?.interfaces ?? [],
    gateways: records.filter(({ kind }) => kind === 'Gateway').map(summarizeGateway),
    listenerSets: records.filter(({ kind }) => kind === 'ListenerSet').map(summarizeListeners),
    routes: records.filter(({ kind }) => kind.endsWith('Route')).flatMap(summarizeRoute),
    services: stats?.services ?? [],
    drops: stats?.drops ?? {},
  };
}

function summarizeGateway(record: StatusRecord): GatewaySummary {
  const { namespace, name, conditions, listeners } = summarizeListeners(record);
  const addresses = records(field(record.status, 'addresses')).map((address) => text(address, 'value'));
  return { namespace, name, addresses, conditions, listeners };
}

/** What Gateways and ListenerSets have in common. */
function summarizeListeners({ metadata, status }: StatusRecord): ListenerSetSummary {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    conditions: conditions(status),
    listeners: records(field(status, 'listeners')).map((listener) => ({
      name: text(listener, 'name'),
      attachedRoutes: Number(field(listener, 'attachedRoutes') ?? 0),
      conditions: conditions(listener),
    })),
  };
}

function summarizeRoute({ kind, metadata, status }: StatusRecord): RouteSummary[] {
  const namespace = metadata.namespace ?? '';
  return records(field(status, 'parents')).map((parent) => {
    const ref = field(parent, 'parentRef');
    const [section, port] = [text(ref, 'sectionName'), text(ref, 'port')];
    const gateway = `${text(ref, 'namespace') || namespace}/${text(ref, 'name')}`;
    return {
      kind,
      namespace,
      name: metadata.name,
      parent: `${gateway}${section && `/${section}`}${port && `:${port}`}`,
      conditions: conditions(parent),
    };
  });
}

function conditions(status: unknown): ConditionStatus[] {
  return records(field(status, 'conditions')).map((condition) => ({
    type: text(condition, 'type'),
    status: text(condition, 'status'),
    reason: text(condition, 'reason'),
    message: text(condition, 'message'),
  }));
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const content = field(value, name);
  return typeof content === 'string' || typeof content === 'number' ? String(content) : '';
}

function records(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether an error of the data plane says that nothing is loaded. */
export function isNotLoaded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_LB_NOT_RUNNING';
}
