import { type Answer, keyOf, type Request, time } from '../answer-requests.ts';
import type { Table } from './forms.ts';

function get<K, V>({ map, form }: Table<K, V>, { start, count }: Request): Answer {
  const { maxEntries } = map.info;
  return time(() => {
    let check = 0;
    for (let i = start; i < start + count; i++) {
      const value = map.get(form.key(keyOf(maxEntries, i)));
      if (value === undefined) throw new Error(`the map has no key of number ${i}`);
      check += form.low(value);
    }
    return check;
  });
}

function set<K, V>({ map, form }: Table<K, V>, { start, count }: Request): Answer {
  const { maxEntries } = map.info;
  return time(() => {
    for (let i = start; i < start + count; i++) {
      const key = keyOf(maxEntries, i);
      map.set(form.key(key), form.value(key));
    }
    return count;
  });
}

function remove<K, V>({ map, form }: Table<K, V>, { start, count }: Request): Answer {
  const { maxEntries } = map.info;
  return time(() => {
    let check = 0;
    for (let i = start; i < start + count; i++) {
      if (map.delete(form.key(keyOf(maxEntries, i)))) check++;
    }
    return check;
  });
}

function iterate<K, V>({ map, form }: Table<K, V>, { count }: Request): Answer {
  return time(() => {
    let check = 0;
    let seen = 0;
    for (const [key, value] of map) {
      check += form.lowKey(key) + form.low(value);
      if (++seen === count) break;
    }
    return check;
  });
}

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
  switch (request.operation) {
    case 'get':
      return get(table, request);
    case 'set':
      return set(table, request);
    case 'delete':
      return remove(table, request);
    // Iterating is done by batches.
    case 'iterate':
    case 'dump':
      return iterate(table, request);
    case 'load':
      return load(table, request);
    default:
      throw new Error(`there is no operation ${request.operation}`);
  }
}
