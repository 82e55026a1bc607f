import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ManifestError } from './errors.ts';
import { MAX_MANIFEST_BYTES } from './manifest.ts';

/** Whether a file is read: `*.yaml`, `*.yml`, `*.json`. */
export function isManifestName(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path);
}

/** What a folder holds. */
export interface ManifestListing {
  /** Paths relative to the root, sorted by code units. */
  readonly names: readonly string[];
  /** Folders that could not be listed, relative to the root, and why. */
  readonly unreadable: ReadonlyMap<string, Error>;
}

/**
 * Lists the manifest files below a folder. Symbolic links are followed, loops are left; names that begin
 * with a dot are left out, and so is what is no file, such as a named pipe.
 */
export function listManifestFiles(root: string): ManifestListing {
  const names: string[] = [];
  const unreadable = new Map<string, Error>();
  const visit = (directory: string, seen: readonly string[]): void => {
    let entries: ReturnType<typeof readEntries>;
    try {
      entries = readEntries(directory);
    } catch (error) {
      if (isMissing(error) && directory !== root) return;
      unreadable.set(relative(root, directory), error instanceof Error ? error : new Error(String(error)));
      return;
    }
    for (const { name, type, id } of entries) {
      if (name.startsWith('.')) continue;
      const path = join(directory, name);
      if (type === 'file' && isManifestName(name)) names.push(relative(root, path));
      else if (type === 'directory' && !seen.includes(id)) visit(path, [...seen, id]);
    }
  };
  visit(root, [identify(root)]);
  return { names: names.sort(compareText), unreadable };
}

/** Whether a path lies in a folder; everything lies in the folder ''. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path.startsWith(directory + sep);
}

/** Changes whenever a file is replaced or written, to the clock's precision; undefined when there is no file. */
export function fileSignature(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    return isMissing(error) ? undefined : `unreadable: ${String(error)}`;
  }
}

/**
 * Reads a manifest file. A missing one is undefined, one that cannot be read or is larger than
 * {@link MAX_MANIFEST_BYTES} is a problem.
 */
export function readManifestText(path: string): string | ManifestError | undefined {
  try {
    const size = statSync(path).size;
    if (size > MAX_MANIFEST_BYTES) {
      const reason = `the file has ${size} bytes, and at most ${MAX_MANIFEST_BYTES} are read`;
      return unreadableProblem(path, reason, 'split it', undefined);
    }
    // A byte order mark is not part of the text, and no editor counts it as a column.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    const reason = `cannot read the file: ${cause instanceof Error ? cause.message : String(cause)}`;
    return unreadableProblem(path, reason, 'make it readable for this process', cause);
  }
}

/** Code unit order, as everywhere where precedence goes by name. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unreadableProblem(path: string, reason: string, hint: string, cause: unknown): ManifestError {
  const position = { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const rule = 'unreadable-file';
  return new ManifestError(
    { code: 'ERR_MANIFEST_READ', rule, position, path: '', object: '', reason, hint },
    { cause },
  );
}

interface Entry {
  readonly name: string;
  /** A link counts as what it leads to, and as a file when that is missing or out of reach; to read a pipe or a device could take for ever. */
  readonly type: 'file' | 'directory' | 'other';
  /** Of a folder: the same for every name that leads to it. */
  readonly id: string;
}

function readEntries(directory: string): Entry[] {
  return readdirSync(directory, { withFileTypes: true }).map((entry) => {
    const { name } = entry;
    if (entry.isFile()) return { name, type: 'file', id: '' };
    const path = join(directory, name);
    const stats = targetOf(path);
    if (stats?.isDirectory()) return { name, type: 'directory', id: identify(path) };
    return { name, type: stats === undefined || stats.isFile() ? 'file' : 'other', id: '' };
  });
}

/** Undefined when the path, or what it leads to, is missing or out of reach: reading it will tell why. */
function targetOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function identify(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return `${stats?.dev}:${stats?.ino}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
