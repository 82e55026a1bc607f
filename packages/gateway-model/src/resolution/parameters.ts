/** The settings that a GatewayClass refers to. */
import type { GatewayClass } from '../generated/types.ts';
import { BLIXT_GROUP, type BlixtParameters } from '../objects/blixt-parameters.ts';

/** The name of the BlixtParameters that the class refers to; undefined when it refers to none of that kind. */
export function parametersName({ spec }: GatewayClass): string | undefined {
  const { group, kind, name, namespace } = spec.parametersRef ?? {};
  // Parameters are of cluster scope: a namespace is a mistake.
  return group === BLIXT_GROUP && kind === 'BlixtParameters' && namespace === undefined ? name : undefined;
}

/** What is found behind `spec.parametersRef` of a GatewayClass. */
export type FoundParameters =
  | {
      /** There is no reference, or it leads to an object. */
      readonly ok: true;
      /** Absent without a reference. */
      readonly parameters?: BlixtParameters;
    }
  | {
      /** It leads nowhere. */
      readonly ok: false;
      /** Sentence for people: what was expected, and what to do. */
      readonly message: string;
    };

/** Where BlixtParameters are looked up. */
export interface ParametersView {
  /** The BlixtParameters of that name. */
  blixtParameters(name: string): BlixtParameters | undefined;
}

/**
 * Follows `spec.parametersRef` of a GatewayClass.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#parametersreference
 */
export function findParameters(gatewayClass: GatewayClass, view: ParametersView): FoundParameters {
  const ref = gatewayClass.spec.parametersRef;
  if (ref === undefined) return { ok: true };
  const name = parametersName(gatewayClass);
  if (name === undefined) {
    const got = `${ref.group === '' ? '' : `${ref.group}/`}${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
    const message = `spec.parametersRef: expected a BlixtParameters of group ${BLIXT_GROUP}, without namespace, got ${got}.`;
    return { ok: false, message };
  }
  const parameters = view.blixtParameters(name);
  if (parameters === undefined) {
    const message = `spec.parametersRef: there is no BlixtParameters ${name}; create it, or take the reference out.`;
    return { ok: false, message };
  }
  return { ok: true, parameters };
}
