import { execFileSync } from 'node:child_process';

/** The number that a descriptor has in bpftool; see {@link bpftool}. */
const HANDED_DOWN = 3;

interface Failure {
  readonly stdout?: string;
  readonly stderr?: string;
}

function execute(args: readonly string[], descriptor: number | undefined): string {
  const stdio = ['ignore', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])] as const;
  return execFileSync('bpftool', args, { encoding: 'utf8', stdio: [...stdio] }).trim();
}

function failureOf(args: readonly string[], cause: unknown): Error {
  const { stdout = '', stderr = '' } = cause as Failure;
  return new Error(`bpftool ${args.join(' ')}: ${`${stderr}${stdout}`.trim()}`, { cause });
}

/** What bpftool prints; throws its error message when it fails. */
export function bpftool(...args: readonly string[]): string {
  try {
    return execute(args, undefined);
  } catch (cause) {
    throw failureOf(args, cause);
  }
}

/** Why bpftool does not do that. */
export function bpftoolRefusal(...args: readonly string[]): string {
  let output: string;
  try {
    output = bpftool(...args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.slice(message.indexOf(': ') + 2).split('\n')[0] ?? '';
  }
  throw new Error(`bpftool ${args.join(' ')} did what nobody can: ${output}`);
}

/** Bytes as bpftool takes them. */
export function hex(bytes: Uint8Array): string[] {
  return ['hex', ...[...bytes].map((byte) => byte.toString(16).padStart(2, '0'))];
}

/** A whole number in the machine's byte order. */
export function native(value: number | bigint, size: 4 | 8): Uint8Array {
  return new Uint8Array(
    size === 4 ? Uint32Array.of(Number(value)).buffer : BigUint64Array.of(BigInt(value)).buffer,
  );
}

/** What `bpftool map lookup` and `peek` print of an element. */
interface Printed {
  readonly value?: readonly string[];
  readonly values?: ReadonlyArray<{ readonly value: readonly string[] }>;
  readonly error?: string;
}

function numberOf(bytes: readonly string[]): bigint {
  return BigInt(
    `0x${
      bytes
        .toReversed()
        .map((byte) => byte.slice(2))
        .join('') || '0'
    }`,
  );
}

/** What bpftool prints of one element, for which it fails with `null` if it is not there. */
function element(args: readonly string[], descriptor?: number): Printed | undefined {
  try {
    const printed: Printed | null = JSON.parse(execute(['-j', 'map', ...args], descriptor));
    return printed ?? undefined;
  } catch (cause) {
    if ((cause as Failure).stdout?.trim() === 'null') return undefined;
    throw failureOf(args, cause);
  }
}

/** A key: bytes, or a descriptor of this process, which bpftool is given. */
export type Key = Uint8Array | { readonly descriptor: number };

function keyArguments(key: Key): [args: string[], descriptor: number | undefined] {
  if (key instanceof Uint8Array) return [hex(key), undefined];
  return [hex(native(HANDED_DOWN, 4)), key.descriptor];
}

/** The element at `key` as bpftool reads it, a whole number, or one for each CPU; undefined if it is not there. */
export function lookup(pin: string, key: Key): bigint | bigint[] | undefined {
  const [bytes, descriptor] = keyArguments(key);
  const printed = element(['lookup', 'pinned', pin, 'key', ...bytes], descriptor);
  if (printed === undefined) return undefined;
  if (printed.values !== undefined) return printed.values.map(({ value }) => numberOf(value));
  if (printed.value === undefined) throw new Error(`bpftool reads no value: ${printed.error}`);
  return numberOf(printed.value);
}

/** The next element of a queue or stack as bpftool sees it, or takes it; undefined if there is none. */
export function next(pin: string, command: 'peek' | 'pop' | 'dequeue'): bigint | undefined {
  const printed = element([command, 'pinned', pin]);
  return printed?.value === undefined ? undefined : numberOf(printed.value);
}

/** Writes an element. */
export function update(pin: string, key: Key, ...value: readonly string[]): void {
  const [bytes, descriptor] = keyArguments(key);
  const args = ['map', 'update', 'pinned', pin, 'key', ...bytes, 'value', ...value];
  try {
    execute(args, descriptor);
  } catch (cause) {
    throw failureOf(args, cause);
  }
}
