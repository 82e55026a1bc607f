/** Makes an object smaller for as long as a question about it has the same answer. */
import { isObject, type JsonObject, type Steps, setAt, valueAt } from './json.ts';

function stepsOf(value: unknown, steps: Steps, found: Steps[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      found.push([...steps, index]);
      stepsOf(item, [...steps, index], found);
    }
  } else if (isObject(value)) {
    for (const [field, item] of Object.entries(value)) {
      found.push([...steps, field]);
      stepsOf(item, [...steps, field], found);
    }
  }
}

/**
 * Removes one value after the other, the largest parts first.
 *
 * @param holds - asks whether the smaller object still shows what is to be shown.
 * @param attempts - at most so many questions.
 */
export async function shrink(
  object: JsonObject,
  holds: (smaller: JsonObject) => Promise<boolean>,
  attempts = 200,
): Promise<JsonObject> {
  let smallest = object;
  let left = attempts;
  for (let progress = true; progress && left > 0; ) {
    progress = false;
    const candidates: Steps[] = [];
    stepsOf(smallest, [], candidates);
    // From the end, so that the places of a list's other items stay.
    candidates.reverse().sort((a, b) => a.length - b.length);
    for (const steps of candidates) {
      if (left === 0) break;
      if (valueAt(smallest, steps) === undefined) continue;
      const smaller = structuredClone(smallest);
      setAt(smaller, steps, undefined);
      left -= 1;
      if (!(await holds(smaller))) continue;
      smallest = smaller;
      progress = true;
    }
  }
  return smallest;
}
