const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A property of what may be an object. */
const get = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

const listIn = (value: unknown, name: string): readonly unknown[] => {
  const list = get(value, name);
  return Array.isArray(list) ? list : [];
};

const isReady = (node: unknown): boolean =>
  listIn(get(node, 'status'), 'conditions').some(
    (condition) => get(condition, 'type') === 'Ready' && get(condition, 'status') === 'True',
  );

/** Names of the nodes that are Ready, of what the API server answers for /api/v1/nodes; of anything else none. */
export const readyNodes = (answer: unknown): readonly unknown[] =>
  listIn(answer, 'items')
    .filter(isReady)
    .map((node) => get(get(node, 'metadata'), 'name'));
