/** A function of any kind. */
export type Callable = (...args: unknown[]) => unknown;

function isFunction(value: unknown): value is Callable {
  return typeof value === 'function';
}

/** What can be called of an object by this name; undefined if that is not a function, or throws. */
export function callable(object: unknown, name: PropertyKey): Callable | undefined {
  if (typeof object !== 'object' || object === null) return undefined;
  try {
    const value: unknown = Reflect.get(object, name);
    return isFunction(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A function or accessor of a class. */
export interface Member {
  readonly name: PropertyKey;
  readonly label: string;
  readonly kind: 'method' | 'getter';
}

const members = new Map<object, readonly Member[]>();

/** All that the classes of an object have, from the most special to the most general, without Object's own. */
export function membersOf(object: object): readonly Member[] {
  const prototype: unknown = Reflect.getPrototypeOf(object);
  if (typeof prototype !== 'object' || prototype === null) return [];
  let known = members.get(prototype);
  if (known === undefined) {
    const found = new Map<PropertyKey, Member>();
    for (
      let level: object | null = prototype;
      level !== null && level !== Object.prototype;
      level = Reflect.getPrototypeOf(level)
    ) {
      for (const name of Reflect.ownKeys(level)) {
        if (name === 'constructor' || found.has(name)) continue;
        const descriptor = Reflect.getOwnPropertyDescriptor(level, name);
        const kind = descriptor?.get === undefined ? 'method' : 'getter';
        if (kind === 'method' && typeof descriptor?.value !== 'function') continue;
        found.set(name, { name, kind, label: String(name) });
      }
    }
    known = [...found.values()];
    members.set(prototype, known);
  }
  return known;
}

/** The functions that an object has itself: a module, or the addon. */
export function functionsOf(object: object): ReadonlyArray<readonly [string, Callable]> {
  const found: Array<readonly [string, Callable]> = [];
  for (const [name, value] of Object.entries(object)) if (isFunction(value)) found.push([name, value]);
  return found;
}
