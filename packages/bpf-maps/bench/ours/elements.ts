import { type Answer, keyOf, type Request, time, timeAsync } from '../answer-requests.ts';
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

function dump<K, V>({ map, form }: Table<K, V>): Answer {
  return time(() => {
    let check = 0;
    map.forEach((value, key) => {
      check += form.lowKey(key) + form.low(value);
    });
    return check;
  });
}

/** The operations on the entries of a map. */
export function runOn<K, V>(table: Table<K, V>, request: Request): Answer {
  switch (request.operation) {
    case 'load':
      return load(table, request);
    case 'dump':
      return dump(table);
    default: {
      const { map, form } = table;
      const answer = runLoop(map, form, map.info.maxEntries, request);
      if (answer === undefined) throw new Error(`there is no operation ${request.operation}`);
      return answer;
    }
  }
}

export async function dumpEntriesAsync<K, V>({ map, form }: Table<K, V>): Promise<Answer> {
  return await timeAsync(async () => {
    let check = 0;
    for await (const [key, value] of map) check += form.lowKey(key) + form.low(value);
    return check;
  });
}
