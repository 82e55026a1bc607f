import {
  type BlixtParametersSpec,
  findParameters,
  type GatewayClass,
  type ParametersVerdict,
  type ParametersView,
} from '@blixt/gateway-model';

/** What a class's `spec.parametersRef` comes to. */
export interface JudgedParameters {
  /** What the class's own status says. */
  readonly verdict: ParametersVerdict;
  /** What its Gateways go by: it was found and is right, or was when it was last looked at. */
  readonly inForce: ParametersVerdict;
  /** The settings that are in force; undefined when there are none. */
  readonly spec: BlixtParametersSpec | undefined;
}

/**
 * The parameters of GatewayClasses. Those that become wrong, or go, do not take down the Gateways that were served
 * with them: these go on with the parameters of before, while the class says what is wrong.
 */
export class ClassParameters {
  readonly #view: ParametersView;
  readonly #refuse: (spec: BlixtParametersSpec) => string | undefined;
  /** The last that were right, by class. */
  readonly #lastRight = new Map<string, BlixtParametersSpec>();

  /** @param refuse - why settings cannot be used, or undefined when they can */
  constructor(view: ParametersView, refuse: (spec: BlixtParametersSpec) => string | undefined) {
    this.#view = view;
    this.#refuse = refuse;
  }

  /** Judges the parameters of a class as they are now. */
  judge(gatewayClass: GatewayClass): JudgedParameters {
    const { name } = gatewayClass.metadata;
    const verdict = this.#verdict(gatewayClass);
    if (verdict.ok) {
      const { spec } = verdict;
      if (spec === undefined) this.#lastRight.delete(name);
      else this.#lastRight.set(name, spec);
      return { verdict, inForce: verdict, spec };
    }
    const spec = this.#lastRight.get(name);
    return { verdict, inForce: spec === undefined ? verdict : { ok: true }, spec };
  }

  /** A class is gone. */
  forget(className: string): void {
    this.#lastRight.delete(className);
  }

  #verdict(
    gatewayClass: GatewayClass,
  ): { ok: true; spec: BlixtParametersSpec | undefined } | { ok: false; message: string } {
    const found = findParameters(gatewayClass, this.#view);
    if (!found.ok) return found;
    if (found.parameters === undefined) return { ok: true, spec: undefined };
    const { metadata, spec } = found.parameters;
    const problem = this.#refuse(spec);
    if (problem === undefined) return { ok: true, spec };
    return { ok: false, message: `BlixtParameters ${metadata.name}: ${problem}` };
  }
}
