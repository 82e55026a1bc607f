/** One step of a field path: a key of a mapping or an index of a list. */
export type PathSegment = string | number;

/** Writes a path the way the Kubernetes API does: `spec.listeners[0].port`. */
export function formatPath(path: readonly PathSegment[]): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
  }
  return text;
}

/** Reads what {@link formatPath} writes; a part that it does not understand becomes a key of its own. */
export function parsePath(text: string): PathSegment[] {
  const path: PathSegment[] = [];
  for (const match of text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    const [, index, quoted, key] = match;
    if (index !== undefined) path.push(Number(index));
    else path.push(quoted === undefined ? (key ?? '') : unquote(quoted));
  }
  return path;
}

function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text.slice(1, -1);
  }
}
