import { type Condition, SERVED_CONDITION, ServedReason, type StatusOwner } from '@blixt/gateway-model';
import type { ObjectEvent } from './event-recorder.ts';

/** Conditions of one place: of the object, of a listener, of a route's parent. */
interface Place {
  /** Tells it from the others of the object; empty for the object itself. */
  readonly name: string;
  readonly conditions: readonly Condition[];
}

/** Conditions that say something is wrong when they are False. */
const WANTED: readonly string[] = [
  'Accepted',
  'Programmed',
  'ResolvedRefs',
  'SupportedVersion',
  SERVED_CONDITION,
];

/** Reasons of {@link SERVED_CONDITION} that repeat what another condition says, which has an Event of its own. */
const REPEATED: readonly string[] = [
  ServedReason.NotAccepted,
  ServedReason.ParentNotAccepted,
  ServedReason.ParentNotProgrammed,
  ServedReason.ListenerNotValid,
];

/**
 * What an operator must see of a status that was written: conditions that became False, or are so for another
 * reason, and a Gateway that is in force now.
 */
export function statusEvents(before: StatusOwner, after: StatusOwner, controllerName: string): ObjectEvent[] {
  const events: ObjectEvent[] = [];
  const known = placesOf(before, controllerName);
  for (const { name, conditions } of placesOf(after, controllerName)) {
    const old = known.find((place) => place.name === name)?.conditions ?? [];
    for (const condition of conditions) {
      if (!isWanted(condition)) continue;
      const was = old.find(({ type }) => type === condition.type);
      if (was?.status === condition.status && was.reason === condition.reason) continue;
      const where = name === '' ? '' : `${name}: `;
      const type = condition.type.slice(condition.type.lastIndexOf('/') + 1);
      const note = `${where}${type} is ${condition.status}: ${condition.message}`;
      const event = { reason: condition.reason, action: 'Reconcile', note };
      if (condition.status === 'False') events.push({ ...event, type: 'Warning' });
      else if (isInForce(after, name, condition)) events.push({ ...event, type: 'Normal' });
    }
  }
  return events;
}

const isWanted = ({ type, reason }: Condition): boolean =>
  WANTED.includes(type) && !(type === SERVED_CONDITION && REPEATED.includes(reason));

const isInForce = ({ kind }: StatusOwner, place: string, { type, status }: Condition): boolean =>
  kind === 'Gateway' && place === '' && type === 'Programmed' && status === 'True';

function placesOf({ kind, status }: StatusOwner, controllerName: string): Place[] {
  if (status === undefined) return [];
  if ('parents' in status) {
    return status.parents
      .filter((parent) => parent.controllerName === controllerName)
      .map(({ parentRef, conditions }) => {
        const { kind: parentKind = 'Gateway', namespace, name, sectionName, port } = parentRef;
        const where = [sectionName, port].filter((it) => it !== undefined).join(' ');
        const parent = namespace === undefined ? name : `${namespace}/${name}`;
        return { name: `${parentKind} ${parent}${where && ` (${where})`}`, conditions };
      });
  }
  const own = { name: '', conditions: 'conditions' in status ? (status.conditions ?? []) : [] };
  if (kind === 'GatewayClass' || !('listeners' in status)) return [own];
  const listeners = (status.listeners ?? []).map(({ name, conditions }) => ({
    name: `Listener ${name}`,
    conditions,
  }));
  return [own, ...listeners];
}
