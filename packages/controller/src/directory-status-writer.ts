import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ObjectMeta } from '@blixt/gateway-model';
import { parse, stringify } from 'yaml';
import { ControllerError } from './errors.ts';
import { type Logger, silentLogger } from './logger.ts';
import { keyOf, type ObjectKey, objectKey, parseKey } from './object.ts';
import type { StatusWrite, StatusWriter } from './status-writer.ts';

/** An object as it stands in a status directory: what names it, and its status. */
export interface StatusRecord {
  /** Group and version of the object. */
  readonly apiVersion: string;
  /** Kind of the object. */
  readonly kind: string;
  /** What names the object, and which generation of it was judged. */
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'generation'>;
  /** The status as it was decided. */
  readonly status: unknown;
}

interface Entry {
  readonly text: string;
  readonly status: unknown;
}

/** Temporary files; a process that was killed may leave one. */
const TEMPORARY = /^\..+\.\d+\.tmp$/;

/**
 * Writes statuses as files `<Kind>_<namespace>_<name>.yaml` (`<Kind>_<name>.yaml` for cluster-scoped ones) into
 * a directory. Files are replaced in one step (rename(2)), so that a reader never sees half of one, and only
 * when they change. Files of objects that are gone are removed; other files are left alone.
 */
export class DirectoryStatusWriter implements StatusWriter {
  readonly #directory: string;
  readonly #entries: Map<ObjectKey, Entry>;

  private constructor(directory: string, entries: Map<ObjectKey, Entry>) {
    this.#directory = directory;
    this.#entries = entries;
  }

  /**
   * Opens the directory, makes it when it is not there, and reads what an earlier process wrote.
   *
   * @throws {@link ControllerError} `ERR_STATUS_DIR` when it cannot be made, read or written
   */
  static async open(directory: string, logger: Logger = silentLogger): Promise<DirectoryStatusWriter> {
    const path = resolve(directory);
    try {
      await mkdir(path, { recursive: true });
      for (const name of await readdir(path)) if (TEMPORARY.test(name)) await unlink(join(path, name));
      const probe = join(path, `.probe.${process.pid}.tmp`);
      await writeFile(probe, '');
      await unlink(probe);
      const entries = new Map<ObjectKey, Entry>();
      for (const { record, text } of await readRecords(path, logger)) {
        const { kind, metadata, status } = record;
        entries.set(objectKey(kind, metadata.namespace, metadata.name), { text, status });
      }
      return new DirectoryStatusWriter(path, entries);
    } catch (cause) {
      throw statusDirError(path, 'use', cause);
    }
  }

  current(key: ObjectKey): unknown {
    return this.#entries.get(key)?.status;
  }

  async write(writes: readonly StatusWrite[]): Promise<void> {
    for (const { object } of writes) {
      const key = keyOf(object);
      const { name, namespace, uid, generation } = object.metadata;
      const record: StatusRecord = {
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          ...(uid === undefined ? {} : { uid }),
          ...(generation === undefined ? {} : { generation }),
        },
        status: object.status,
      };
      const text = stringify(record, { aliasDuplicateObjects: false });
      if (this.#entries.get(key)?.text === text) continue;
      const target = join(this.#directory, fileName(key));
      const temporary = join(this.#directory, `.${fileName(key).slice(0, 100)}.${process.pid}.tmp`);
      try {
        await mkdir(this.#directory, { recursive: true });
        await writeFile(temporary, text);
        await rename(temporary, target);
      } catch (cause) {
        throw statusDirError(this.#directory, 'write', cause);
      }
      this.#entries.set(key, { text, status: object.status });
    }
  }

  async remove(key: ObjectKey): Promise<void> {
    if (!this.#entries.delete(key)) return;
    await rm(join(this.#directory, fileName(key)), { force: true });
  }

  async retain(keys: ReadonlySet<ObjectKey>): Promise<void> {
    for (const key of [...this.#entries.keys()]) if (!keys.has(key)) await this.remove(key);
  }
}

/**
 * Reads a status directory. Files that are none of a {@link DirectoryStatusWriter}'s are left out.
 *
 * @throws {@link ControllerError} `ERR_STATUS_DIR` when the directory is missing or cannot be read
 */
export async function readStatusDirectory(directory: string): Promise<StatusRecord[]> {
  try {
    return (await readRecords(resolve(directory), silentLogger)).map(({ record }) => record);
  } catch (cause) {
    throw statusDirError(resolve(directory), 'read', cause);
  }
}

async function readRecords(
  directory: string,
  logger: Logger,
): Promise<{ record: StatusRecord; text: string }[]> {
  const records: { record: StatusRecord; text: string }[] = [];
  for (const name of (await readdir(directory)).sort()) {
    if (!/^[A-Z][A-Za-z]*_.+\.yaml$/.test(name)) continue;
    const path = join(directory, name);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      // Removed since the directory was listed.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw error;
    }
    const record = parseRecord(text);
    if (
      record === undefined ||
      fileName(objectKey(record.kind, record.metadata.namespace, record.metadata.name)) !== name
    ) {
      logger.warn({ file: path }, `${path} is no status file of this program and is left alone`);
      continue;
    }
    records.push({ record, text });
  }
  return records;
}

function parseRecord(text: string): StatusRecord | undefined {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value.metadata) || !isRecord(value.status)) return undefined;
  const { apiVersion, kind, metadata, status } = value;
  const { name, namespace, uid, generation } = metadata;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string')
    return undefined;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(typeof namespace === 'string' ? { namespace } : {}),
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof generation === 'number' ? { generation } : {}),
    },
    status,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** File names are limited to 255 bytes, names of objects to 253 and of namespaces to 63: long ones are hashed. */
function fileName(key: ObjectKey): string {
  const { kind, namespace, name } = parseKey(key);
  const parts = namespace === '' ? [kind, name] : [kind, namespace, name];
  const stem = parts.join('_');
  if (stem.length <= 200) return `${stem}.yaml`;
  const digest = createHash('sha256').update(stem).digest('hex').slice(0, 16);
  return `${stem.slice(0, 180)}_${digest}.yaml`;
}

function statusDirError(directory: string, verb: string, cause: unknown): ControllerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ControllerError(
    'ERR_STATUS_DIR',
    `Cannot ${verb} the status directory ${directory}: ${reason}; give one that this process may write with --status-dir.`,
    { cause },
  );
}
