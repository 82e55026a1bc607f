import { SERVED_CONDITION } from '@blixt/gateway-model';
import type { ConditionStatus, InstanceStatus } from './status-model.ts';
import { formatTable } from './table.ts';

/** The tables of `blixt status`. */
export function formatStatus(instance: InstanceStatus): string {
  const sections = [
    dataPlane(instance),
    section('GATEWAYS', gateways(instance)),
    section('LISTENERSETS', listenerSets(instance)),
    section('LISTENERS', listeners(instance)),
    section('ROUTES', routes(instance)),
    section('SERVICES', services(instance)),
    section('DROPS', drops(instance)),
  ];
  return sections.filter((it) => it !== '').join('\n\n');
}

function dataPlane({ loaded, pinDirectory, interfaces }: InstanceStatus): string {
  if (!loaded) return `no data plane is loaded at ${pinDirectory}`;
  const rows = interfaces.map(({ name, ifindex, hook, reason }) => [name, String(ifindex), hook, reason]);
  return section(`INTERFACES (${pinDirectory})`, formatTable(['name', 'index', 'hook', 'why'], rows));
}

function gateways({ gateways }: InstanceStatus): string {
  const rows = gateways.map(({ namespace, name, addresses, conditions }) => [
    `${namespace}/${name}`,
    addresses.join(' ') || '-',
    brief(conditions, 'Accepted'),
    brief(conditions, 'Programmed'),
    complaint(conditions),
  ]);
  return rows.length === 0
    ? ''
    : formatTable(['gateway', 'addresses', 'accepted', 'programmed', 'message'], rows);
}

function listenerSets({ listenerSets }: InstanceStatus): string {
  const rows = listenerSets.map(({ namespace, name, conditions }) => [
    `${namespace}/${name}`,
    brief(conditions, 'Accepted'),
    brief(conditions, 'Programmed'),
    complaint(conditions),
  ]);
  return rows.length === 0 ? '' : formatTable(['listenerset', 'accepted', 'programmed', 'message'], rows);
}

function listeners({ gateways, listenerSets }: InstanceStatus): string {
  const rows = [...gateways, ...listenerSets].flatMap(({ namespace, name, listeners }) =>
    listeners.map((listener) => [
      `${namespace}/${name}/${listener.name}`,
      String(listener.attachedRoutes),
      brief(listener.conditions, 'Accepted'),
      brief(listener.conditions, 'Programmed'),
      brief(listener.conditions, 'ResolvedRefs'),
      complaint(listener.conditions),
    ]),
  );
  const head = ['listener', 'routes', 'accepted', 'programmed', 'resolved refs', 'message'];
  return rows.length === 0 ? '' : formatTable(head, rows);
}

function routes({ routes }: InstanceStatus): string {
  const rows = routes.map(({ kind, namespace, name, parent, conditions }) => [
    `${kind} ${namespace}/${name}`,
    parent,
    brief(conditions, 'Accepted'),
    brief(conditions, 'ResolvedRefs'),
    brief(conditions, SERVED_CONDITION),
    complaint(conditions),
  ]);
  return rows.length === 0
    ? ''
    : formatTable(['route', 'parent', 'accepted', 'resolved refs', 'served', 'message'], rows);
}

function services({ services }: InstanceStatus): string {
  const rows = services.flatMap(
    ({ address, port, protocol, packets, bytes, flows, rejects, rejectShare, backends }) => [
      [`${endpoint(address, port)}/${protocol}`, '', String(flows), String(packets), String(bytes), ''],
      ...(rejectShare > 0 ? [['  (rejected)', percent(rejectShare), String(rejects), '', '', '']] : []),
      ...backends.map((backend) => [
        `  ${endpoint(backend.address, backend.port)}`,
        percent(backend.share),
        String(backend.flows),
        String(backend.packets),
        String(backend.bytes),
        backend.mode,
      ]),
    ],
  );
  return rows.length === 0
    ? ''
    : formatTable(['service, backends', 'share', 'flows', 'packets', 'bytes', 'mode'], rows);
}

function drops({ drops }: InstanceStatus): string {
  const rows = Object.entries(drops)
    .filter(([, packets]) => Number(packets) > 0)
    .map(([reason, packets]) => [reason, String(packets)]);
  return rows.length === 0 ? '' : formatTable(['reason', 'packets'], rows);
}

function section(title: string, body: string): string {
  return body === '' ? '' : `${title}\n${body}`;
}

/** `True`, or the status with its reason. */
function brief(conditions: readonly ConditionStatus[], type: string): string {
  const condition = conditions.find((it) => it.type === type);
  if (condition === undefined) return '-';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason})`;
}

/** The message of the first condition that says that something is wrong. */
function complaint(conditions: readonly ConditionStatus[]): string {
  const wrong = conditions.find(({ type, status }) =>
    type === 'Conflicted' ? status === 'True' : status !== 'True' && type !== 'OverlappingTLSConfig',
  );
  return wrong?.message ?? '';
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
