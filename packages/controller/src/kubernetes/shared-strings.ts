/** Strings that are remembered; then it begins anew. */
const MOST_STRINGS = 4_096;
/** Longer ones are hardly the same twice, in UTF-16 code units. */
const MOST_LENGTH = 256;

const known = new Map<string, string>();

/**
 * Makes equal strings within a value, and within those before it, one string each. JSON.parse makes every string anew,
 * and of ten thousand routes each repeats the same reasons, messages, times and groups. Changes the value, which is one
 * that JSON.parse made: O(its size).
 */
export function shareStrings<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const [key, field] of Object.entries(value)) {
    if (typeof field === 'string') Reflect.set(value, key, shared(field));
    else shareStrings(field);
  }
  return value;
}

function shared(text: string): string {
  if (text.length > MOST_LENGTH) return text;
  const first = known.get(text);
  if (first !== undefined) return first;
  if (known.size >= MOST_STRINGS) known.clear();
  known.set(text, text);
  return text;
}
