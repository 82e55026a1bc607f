import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { ControllerError, type ManifestError, ManifestsError } from './errors.ts';
import { type Logger, silentLogger } from './logger.ts';
import {
  compareText,
  fileSignature,
  isManifestName,
  isWithin,
  listManifestFiles,
  readManifestText,
} from './manifest-directory.ts';
import { duplicateProblem, type LoadedFile, type LoadedObject, loadManifestFile } from './manifest-file.ts';
import type { ModelObject, ObjectKey } from './object.ts';
import { ObjectIdentity } from './object-identity.ts';
import type { Source, SourceHandler } from './source.ts';

/** Settings of a {@link DirectorySource}. */
export interface DirectorySourceOptions {
  /** Where problems and changes are told (default: nowhere). */
  readonly logger?: Logger;
  /**
   * Refuse to start when a file has a problem (default true): a restart must not drop what a broken file
   * declared before. When false, the problem is logged and the file's objects are missing until it is
   * corrected.
   */
  readonly strict?: boolean;
  /** How long to wait after a change for more changes, in milliseconds (default 5). */
  readonly settle?: number;
  /**
   * How long a file must stay as it is before its problems are reported or objects that vanished from it
   * are deleted, in milliseconds (default 40). Covers editors and shells that empty a file before they
   * write it, or remove it before they create it anew.
   */
  readonly confirm?: number;
}

/** The name of a file in the directory, relative to it. */
type FileName = string;

/** A version of a file that is not in force (yet). */
interface Candidate {
  readonly loaded: LoadedFile;
  readonly text: string | undefined;
  /** When this content was first seen, on the clock of performance.now(). */
  readonly since: number;
  reported: boolean;
}

interface FileState {
  /** See {@link fileSignature}; undefined when the file is gone. */
  signature: string | undefined;
  /** The content in force. */
  text: string | undefined;
  accepted: LoadedFile | undefined;
  candidate: Candidate | undefined;
}

/**
 * Objects from a folder of YAML and JSON files (`*.yaml`, `*.yml`, `*.json`, recursive, symbolic links
 * followed; names that begin with a dot are left out), watched.
 *
 * - A file is taken as a whole or not at all: when it has a problem, one {@link ManifestError} is logged and
 *   what it declared before stays in force.
 * - An object may be declared once; the file that comes later is refused (`ERR_MANIFEST_DUPLICATE`).
 * - Objects get what an API server would give them: defaults, `metadata.namespace` `default`, a `uid` made
 *   from group, kind, namespace and name, a `generation` that counts changes of anything but the metadata
 *   from 1 since the start, and the creationTimestamp 1970-01-01T00:00:00Z unless the file has one. So
 *   precedence goes by namespace and name, and does not change with a restart.
 * - Namespaces that objects are in but no file declares are there, with the label
 *   `kubernetes.io/metadata.name`.
 *
 * Latency from a write to the handler is `settle`, or `confirm` when objects vanish, and the time to read the
 * files that changed; when folders come or go, all files are looked at (stat) as well.
 */
export class DirectorySource implements Source {
  readonly #root: string;
  readonly #logger: Logger;
  readonly #strict: boolean;
  readonly #settle: number;
  readonly #confirm: number;
  readonly #files = new Map<FileName, FileState>();
  /** Who declares an object that is in force. */
  readonly #owners = new Map<ObjectKey, { readonly name: FileName; readonly entry: LoadedObject }>();
  /** Files that something happened to. */
  readonly #dirty = new Set<FileName>();
  /** Whether all files have to be looked at. */
  #rescan = true;
  readonly #identity = new ObjectIdentity();
  #handler: SourceHandler | undefined;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #synced = false;

  constructor(directory: string, options: DirectorySourceOptions = {}) {
    this.#root = resolve(directory);
    this.#logger = options.logger ?? silentLogger;
    this.#strict = options.strict ?? true;
    this.#settle = options.settle ?? 5;
    this.#confirm = options.confirm ?? 40;
  }

  get synced(): boolean {
    return this.#synced;
  }

  /**
   * Reads the folder, delivers its objects in one batch, and goes on watching.
   *
   * @throws {@link ControllerError} `ERR_SOURCE_PATH` when the folder is missing or cannot be read
   * @throws {@link ManifestsError} `ERR_MANIFESTS` when a file has a problem and the source is strict
   */
  async start(handler: SourceHandler): Promise<void> {
    this.#assertDirectory();
    this.#handler = handler;
    const watcher = watch(this.#root, {
      ignoreInitial: true,
      atomic: false,
      ignored: (path, stats) => stats?.isFile() === true && !isManifestName(path),
    });
    this.#watcher = watcher;
    watcher.on('all', (event, path) => this.#note(event, relative(this.#root, path)));
    watcher.on('error', (error) => {
      this.#logger.error({ err: error, directory: this.#root }, 'watching the directory failed');
      this.#rescan = true;
      this.#wake(this.#confirm);
    });
    await new Promise<void>((ready) => watcher.once('ready', ready));
    const problems = this.#sync(true);
    if (problems.length > 0 && this.#strict) {
      await this.stop();
      throw new ManifestsError(problems);
    }
    this.#synced = true;
    if (this.#rescan || this.#dirty.size > 0) this.#wake(this.#settle);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDue = Number.POSITIVE_INFINITY;
    this.#handler = undefined;
    const watcher = this.#watcher;
    this.#watcher = undefined;
    await watcher?.close();
  }

  #assertDirectory(): void {
    try {
      if (statSync(this.#root).isDirectory()) {
        readdirSync(this.#root);
        return;
      }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ControllerError(
        'ERR_SOURCE_PATH',
        `Cannot read the source directory ${this.#root}: ${reason}; give a folder with YAML files.`,
        { cause },
      );
    }
    throw new ControllerError(
      'ERR_SOURCE_PATH',
      `The source ${this.#root} is not a directory; give the folder that holds the YAML files.`,
    );
  }

  /** Something happened to a path. */
  #note(event: string, path: string): void {
    const folders = path.split(sep);
    const file = folders.pop() ?? '';
    // What hidden folders hold may be the target of symbolic links, as in a mounted ConfigMap.
    const indirect = [...folders, event.endsWith('Dir') ? file : ''].some((name) => name.startsWith('.'));
    if (indirect || event.endsWith('Dir')) this.#rescan = true;
    else if (isManifestName(file) && !file.startsWith('.')) this.#dirty.add(path);
    else return;
    this.#wake(this.#settle);
  }

  #wake(delay: number): void {
    if (this.#handler === undefined || !this.#synced) return;
    const due = performance.now() + delay;
    if (due >= this.#timerDue) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    this.#timer = setTimeout(() => {
      this.#timerDue = Number.POSITIVE_INFINITY;
      if (this.#handler !== undefined) this.#sync(false);
    }, delay);
  }

  /**
   * Brings what is in force up to what is on disk. Level-triggered: it does not matter which events came.
   *
   * @param initial - nothing is in force yet, so nothing needs to be confirmed
   * @returns the problems that were reported
   */
  #sync(initial: boolean): ManifestError[] {
    this.#refresh();
    const before = new Map<ObjectKey, LoadedObject>();
    const touched = new Set<FileName>();
    const accept = (name: FileName, state: FileState, candidate: Candidate): void => {
      for (const [key, entry] of state.accepted?.objects ?? []) {
        before.set(key, entry);
        if (this.#owners.get(key)?.name === name) this.#owners.delete(key);
      }
      for (const [key, entry] of candidate.loaded.objects) this.#owners.set(key, { name, entry });
      this.#warnIgnored(state.accepted, candidate.loaded);
      state.text = candidate.text;
      state.accepted = candidate.loaded;
      state.candidate = undefined;
      touched.add(name);
    };
    const now = performance.now();
    const confirmed = (candidate: Candidate): boolean => initial || now - candidate.since >= this.#confirm;
    const acceptable = [...this.#files].flatMap(([name, state]) => {
      const { candidate } = state;
      if (candidate === undefined || candidate.loaded.problems.length > 0) return [];
      if (vanishes(state.accepted, candidate.loaded) && !confirmed(candidate)) return [];
      return [{ name, state, candidate }];
    });
    const blocked = this.#acceptAll(acceptable, accept);

    const problems: ManifestError[] = [];
    // An object that is in two files may be on its way from one to the other.
    const unsettled = [...this.#files.values()].some(({ candidate }) => candidate && !confirmed(candidate));
    let nextCheck = Number.POSITIVE_INFINITY;
    for (const [name, state] of this.#files) {
      const { candidate } = state;
      if (candidate === undefined) {
        if (state.text === undefined) this.#files.delete(name);
        continue;
      }
      if (!confirmed(candidate)) {
        nextCheck = Math.min(nextCheck, candidate.since + this.#confirm - now);
        continue;
      }
      if (candidate.reported || (unsettled && blocked.has(name))) continue;
      candidate.reported = true;
      const found = [...candidate.loaded.problems, ...(blocked.get(name) ?? [])];
      problems.push(...found);
      if (!(initial && this.#strict)) for (const problem of found) this.#report(problem, state);
    }
    if (nextCheck < Number.POSITIVE_INFINITY) this.#wake(Math.ceil(nextCheck) + 1);
    if (!(initial && this.#strict && problems.length > 0)) this.#deliver(before, touched, initial);
    return problems;
  }

  /** Reads the files that changed, into candidates. */
  #refresh(): void {
    if (this.#rescan) this.#refreshAll();
    else for (const name of this.#dirty) this.#refreshFile(name);
    this.#rescan = false;
    this.#dirty.clear();
  }

  /** What cannot be listed is not empty: it stays as it was. */
  #refreshAll(): void {
    const { names, unreadable } = listManifestFiles(this.#root);
    for (const [directory, err] of unreadable) {
      const path = join(this.#root, directory);
      const text = `cannot list ${path}; its objects stay as they were: ${err.message}`;
      this.#logger.error({ err, directory: path }, text);
    }
    const isUnknown = (name: FileName): boolean =>
      [...unreadable.keys()].some((directory) => isWithin(name, directory));
    for (const name of new Set([...names, ...this.#files.keys()])) {
      if (!isUnknown(name)) this.#refreshFile(name);
    }
  }

  #refreshFile(name: FileName): void {
    const path = join(this.#root, name);
    const signature = fileSignature(path);
    let state = this.#files.get(name);
    if (state === undefined) {
      if (signature === undefined) return;
      state = { signature: '', text: undefined, accepted: undefined, candidate: undefined };
      this.#files.set(name, state);
    }
    if (state.signature === signature && !this.#dirty.has(name)) return;
    state.signature = signature;
    const text = readManifestText(path);
    if (text === undefined) {
      this.#propose(state, undefined, nothingIn(path));
    } else if (typeof text !== 'string') {
      // What cannot be read has a content of its own: it is reported once, and replaced by what can be read.
      this.#propose(state, `\0${text.message}`, { ...nothingIn(path), problems: [text] });
    } else if (state.text === text) {
      state.candidate = undefined;
    } else if (state.candidate?.text !== text) {
      this.#propose(state, text, loadManifestFile(path, text));
    }
  }

  #propose(state: FileState, text: string | undefined, loaded: LoadedFile): void {
    if (state.candidate !== undefined && state.candidate.text === text) return;
    state.candidate = { loaded, text, since: performance.now(), reported: false };
  }

  /**
   * Takes the candidates that declare no object which another file declares. All together when that works
   * (objects may move between files), otherwise one by one in the order of their names.
   *
   * @returns problems of those that could not be taken
   */
  #acceptAll(
    candidates: readonly { name: FileName; state: FileState; candidate: Candidate }[],
    accept: (name: FileName, state: FileState, candidate: Candidate) => void,
  ): Map<FileName, ManifestError[]> {
    let pending = [...candidates].sort((a, b) => compareText(a.name, b.name));
    const replaced = new Set(pending.map((it) => it.name));
    const declared = new Set<ObjectKey>();
    let clash = false;
    for (const { candidate } of pending) {
      for (const key of candidate.loaded.objects.keys()) {
        const owner = this.#owners.get(key);
        if (declared.has(key) || (owner !== undefined && !replaced.has(owner.name))) clash = true;
        declared.add(key);
      }
    }
    if (!clash) {
      for (const { name, state, candidate } of pending) accept(name, state, candidate);
      return new Map();
    }
    for (;;) {
      const blocked = new Map<FileName, ManifestError[]>();
      for (const { name, state, candidate } of pending) {
        const duplicates = this.#duplicates(name, candidate.loaded);
        if (duplicates.length > 0) blocked.set(name, duplicates);
        else accept(name, state, candidate);
      }
      if (blocked.size === 0 || blocked.size === pending.length) return blocked;
      pending = pending.filter((it) => blocked.has(it.name));
    }
  }

  /** Problems with objects that another file declares. */
  #duplicates(name: FileName, loaded: LoadedFile): ManifestError[] {
    return [...loaded.objects].flatMap(([key, entry]) => {
      const owner = this.#owners.get(key);
      return owner === undefined || owner.name === name ? [] : [duplicateProblem(key, entry, owner.entry)];
    });
  }

  #deliver(
    before: ReadonlyMap<ObjectKey, LoadedObject>,
    touched: ReadonlySet<FileName>,
    initial: boolean,
  ): void {
    const after = new Map<ObjectKey, ModelObject>();
    for (const name of touched) {
      for (const [key, { object }] of this.#files.get(name)?.accepted?.objects ?? []) after.set(key, object);
    }
    const gone = [...before].flatMap(([key, { object }]) => (after.has(key) ? [] : [object]));
    const events = this.#identity.change([...after.values()], gone);
    for (const name of touched) {
      const state = this.#files.get(name);
      if (state !== undefined && state.text === undefined) this.#files.delete(name);
    }
    if (events.length > 0 || initial) this.#handler?.(events);
  }

  #report(problem: ManifestError, state: FileState): void {
    const { code, message, position, path } = problem;
    const kept =
      state.accepted === undefined
        ? 'nothing of the file is used'
        : 'what the file declared before stays in force';
    this.#logger.error({ code, ...position, path }, `${message} (${kept})`);
  }

  #warnIgnored(previous: LoadedFile | undefined, loaded: LoadedFile): void {
    for (const { apiVersion, kind, position } of loaded.ignored) {
      if (previous?.ignored.some((it) => it.apiVersion === apiVersion && it.kind === kind)) continue;
      const { file, line, column } = position;
      this.#logger.warn(
        { code: 'WARN_MANIFEST_KIND', file, line, column, apiVersion, kind },
        `${file}:${line}:${column}: ${apiVersion} ${kind} is not used here and is ignored`,
      );
    }
  }
}

function nothingIn(file: string): LoadedFile {
  return { file, objects: new Map(), problems: [], ignored: [], read: 0, foreign: 0 };
}

function vanishes(accepted: LoadedFile | undefined, next: LoadedFile): boolean {
  if (accepted === undefined) return false;
  for (const key of accepted.objects.keys()) if (!next.objects.has(key)) return true;
  return false;
}
