import { at, hasCondition, listAt } from '../json.ts';

/** Names of the nodes that are Ready, of what the API server answers for /api/v1/nodes; of anything else none. */
export const readyNodes = (answer: unknown): readonly unknown[] =>
  listAt(answer, 'items')
    .filter((node) => hasCondition(node, 'Ready'))
    .map((node) => at(node, 'metadata', 'name'));
