import { BpfMap } from '../index.ts';
import { onlyReference, openReference, parseReference } from './map-reference.ts';
import { usageError } from './tool-error.ts';

/** `pin`: gives a map a path, which keeps it alive. */
export function pin(words: readonly string[]): void {
  const { reference, rest } = parseReference(words);
  const [path] = rest;
  if (path === undefined || rest.length > 1) {
    throw usageError(
      `expected a map and the path to pin it at, such as /sys/fs/bpf/flows, got ${rest.length} words after the map`,
    );
  }
  using map = openReference(reference);
  map.pin(path);
}

/** `unpin`: removes pins of maps; what else is pinned is left alone. */
export function unpin(paths: readonly string[]): void {
  for (const path of paths) {
    using map = BpfMap.openPinned(path, { codec: 'bytes' });
    map.unpin(path);
  }
}

/** `freeze`: from now on user space can only read the map. */
export function freeze(words: readonly string[]): void {
  using map = openReference(onlyReference(words));
  map.freeze();
}
