import { type Answer, keyOf, type Request, time } from '../answer-requests.ts';
import { runLoop } from '../element-loops.ts';
import type { Table } from './tables.ts';

function load<K, V>({ map, form }: Table<K, V>, { start, count }: Request): Answer {
  const { maxEntries } = map.info;
  const entries = Array.from({ length: count }, (_, i): [K, V] => {
    const key = keyOf(maxEntries, start + i);
    return [form.key(key), form.value(key)];
  });
  return time(() => {
    map.setBatch(entries);
    return count;
  });
}

/** The operations on the entries of a map. */
export function runOn<K, V>(table: Table<K, V>, request: Request): Answer {
  if (request.operation === 'load') return load(table, request);
  // Iterating is done by batches.
  const operation = request.operation === 'dump' ? 'iterate' : request.operation;
  const { map, form } = table;
  const answer = runLoop(map, form, map.info.maxEntries, { ...request, operation });
  if (answer === undefined) throw new Error(`there is no operation ${operation}`);
  return answer;
}
