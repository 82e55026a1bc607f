import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ControllerError, type ManifestError } from './errors.ts';
import { listManifestFiles, readManifestText } from './manifest-directory.ts';
import { duplicateProblem, type IgnoredKind, type LoadedObject, loadManifestFile } from './manifest-file.ts';
import type { ObjectKey } from './object.ts';

/** What {@link checkManifests} found. */
export interface CheckedManifests {
  /** How many files were read. */
  readonly files: number;
  readonly objects: ReadonlyMap<ObjectKey, LoadedObject>;
  readonly problems: readonly ManifestError[];
  readonly ignored: readonly IgnoredKind[];
}

/**
 * Checks manifest files, and those of folders, as a {@link DirectorySource} would; all of them together, so
 * that an object which two files declare is a problem. Needs no privileges and changes nothing.
 *
 * @throws {@link ControllerError} `ERR_SOURCE_PATH` when a path is missing or a folder cannot be listed
 */
export function checkManifests(paths: readonly string[]): CheckedManifests {
  const objects = new Map<ObjectKey, LoadedObject>();
  const problems: ManifestError[] = [];
  const ignored: IgnoredKind[] = [];
  const files = new Map(paths.flatMap(filesOf).map((file) => [resolve(file), file]));
  for (const file of files.values()) {
    const text = readManifestText(file);
    if (text === undefined) throw pathError(file, 'it does not exist');
    if (typeof text !== 'string') {
      problems.push(text);
      continue;
    }
    const loaded = loadManifestFile(file, text);
    problems.push(...loaded.problems);
    ignored.push(...loaded.ignored);
    for (const [key, entry] of loaded.objects) {
      const other = objects.get(key);
      if (other !== undefined) problems.push(duplicateProblem(key, entry, other));
      else objects.set(key, entry);
    }
  }
  return { files: files.size, objects, problems, ignored };
}

function filesOf(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw pathError(path, 'it does not exist');
  if (!stats.isDirectory()) return [path];
  const { names, unreadable } = listManifestFiles(path);
  for (const [directory, error] of unreadable) throw pathError(join(path, directory), error.message);
  return names.map((name) => join(path, name));
}

function pathError(path: string, reason: string): ControllerError {
  return new ControllerError(
    'ERR_SOURCE_PATH',
    `Cannot read ${path}: ${reason}; give a YAML or JSON file, or a folder with such files.`,
  );
}
