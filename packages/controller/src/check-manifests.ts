import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ControllerError, type ManifestError } from './errors.ts';
import { listManifestFiles, readManifestText } from './manifest-directory.ts';
import {
  duplicateProblem,
  type IgnoredKind,
  type LoadedObject,
  loadManifestFile,
  type ManifestOptions,
} from './manifest-file.ts';
import type { ObjectKey } from './object.ts';

/** A text to check that was read already. */
export interface ManifestText {
  /** Name of the file, as it shall appear in messages. */
  readonly file: string;
  /** What the file holds: YAML or JSON. */
  readonly text: string;
}

/** What {@link checkManifests} found. */
export interface CheckedManifests {
  /** The texts that were read, by name of file, in the order of the paths and of names. */
  readonly files: ReadonlyMap<string, string>;
  /** The valid objects by key. */
  readonly objects: ReadonlyMap<ObjectKey, LoadedObject>;
  /** What is wrong, in the order of the files. */
  readonly problems: readonly ManifestError[];
  /** Kinds that are not read, file by file. */
  readonly ignored: readonly IgnoredKind[];
  /** How many objects of kinds that are read there are, right or wrong. */
  readonly read: number;
  /** How many mappings were skipped as they do not look like objects. */
  readonly foreign: number;
  /**
   * What could not be read: a path that is missing or a folder that cannot be listed (`ERR_SOURCE_PATH`), a
   * file that cannot be read or is too large (`ERR_MANIFEST_READ`).
   */
  readonly unreadable: readonly ControllerError[];
}

/**
 * Checks manifest files, and those of folders, as a {@link DirectorySource} would; all of them together, so
 * that an object which two files declare is a problem. Needs no privileges, changes nothing, never throws.
 *
 * @param inputs - paths of files and folders, and texts
 */
export function checkManifests(
  inputs: readonly (string | ManifestText)[],
  options: ManifestOptions = {},
): CheckedManifests {
  const files = new Map<string, string>();
  const objects = new Map<ObjectKey, LoadedObject>();
  const problems: ManifestError[] = [];
  const ignored: IgnoredKind[] = [];
  const unreadable: ControllerError[] = [];
  let [read, foreign] = [0, 0];
  for (const { file, text } of readInputs(inputs, unreadable)) {
    files.set(file, text);
    const loaded = loadManifestFile(file, text, options);
    problems.push(...loaded.problems);
    ignored.push(...loaded.ignored);
    read += loaded.read;
    foreign += loaded.foreign;
    for (const [key, entry] of loaded.objects) {
      const other = objects.get(key);
      if (other !== undefined) problems.push(duplicateProblem(key, entry, other));
      else objects.set(key, entry);
    }
  }
  return { files, objects, problems, ignored, read, foreign, unreadable };
}

/** Every text once, whatever names lead to it. */
function* readInputs(
  inputs: readonly (string | ManifestText)[],
  unreadable: ControllerError[],
): Iterable<ManifestText> {
  const seen = new Set<string>();
  for (const input of inputs) {
    if (typeof input !== 'string') {
      yield input;
      continue;
    }
    for (const file of filesOf(input, unreadable)) {
      if (seen.has(resolve(file))) continue;
      seen.add(resolve(file));
      const text = readManifestText(file);
      if (typeof text === 'string') yield { file, text };
      else unreadable.push(text ?? pathError(file, 'it does not exist'));
    }
  }
}

function filesOf(path: string, unreadable: ControllerError[]): string[] {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      unreadable.push(pathError(path, 'it does not exist'));
      return [];
    }
    if (!stats.isDirectory()) return [path];
  } catch (cause) {
    unreadable.push(pathError(path, cause instanceof Error ? cause.message : String(cause), cause));
    return [];
  }
  const listing = listManifestFiles(path);
  for (const [directory, error] of listing.unreadable)
    unreadable.push(pathError(join(path, directory), error.message, error));
  return listing.names.map((name) => join(path, name));
}

function pathError(path: string, reason: string, cause?: unknown): ControllerError {
  return new ControllerError(
    'ERR_SOURCE_PATH',
    `Cannot read ${path}: ${reason}; give a YAML or JSON file, or a folder with such files.`,
    { cause },
  );
}
