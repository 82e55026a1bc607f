import { type Answer, keyOf, type Request, time } from './answer-requests.ts';
import type { Form } from './forms.ts';

/** What the maps of all packages in JavaScript have in common. */
interface Elements<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
  delete(key: K): boolean;
  [Symbol.iterator](): IterableIterator<[K, V]>;
}

function get<K, V>(map: Elements<K, V>, form: Form<K, V>, maxEntries: number, request: Request): number {
  const { start, count } = request;
  let check = 0;
  for (let i = start; i < start + count; i++) {
    const value = map.get(form.key(keyOf(maxEntries, i)));
    if (value === undefined) throw new Error(`the map has no key of number ${i}`);
    check += form.low(value);
  }
  return check;
}

function set<K, V>(map: Elements<K, V>, form: Form<K, V>, maxEntries: number, request: Request): number {
  const { start, count } = request;
  for (let i = start; i < start + count; i++) {
    const key = keyOf(maxEntries, i);
    map.set(form.key(key), form.value(key));
  }
  return count;
}

function remove<K, V>(map: Elements<K, V>, form: Form<K, V>, maxEntries: number, request: Request): number {
  const { start, count } = request;
  let check = 0;
  for (let i = start; i < start + count; i++) {
    if (map.delete(form.key(keyOf(maxEntries, i)))) check++;
  }
  return check;
}

function iterate<K, V>(map: Elements<K, V>, form: Form<K, V>, { count }: Request): number {
  let check = 0;
  let seen = 0;
  for (const [key, value] of map) {
    check += form.lowKey(key) + form.low(value);
    if (++seen === count) break;
  }
  return check;
}

/** The operations that all packages in JavaScript do by the same loop; undefined for others. */
export function runLoop<K, V>(
  map: Elements<K, V>,
  form: Form<K, V>,
  maxEntries: number,
  request: Request,
): Answer | undefined {
  switch (request.operation) {
    case 'get':
      return time(() => get(map, form, maxEntries, request));
    case 'set':
      return time(() => set(map, form, maxEntries, request));
    case 'delete':
      return time(() => remove(map, form, maxEntries, request));
    case 'iterate':
      return time(() => iterate(map, form, request));
    default:
      return undefined;
  }
}
