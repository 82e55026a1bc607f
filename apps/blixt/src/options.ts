import { resolve } from 'node:path';
import { CliError, ExitCode, optionError } from './errors.ts';

/** Where the data plane is pinned unless an option says otherwise. */
export const DEFAULT_PIN_DIRECTORY = '/sys/fs/bpf/blixt';

const HOOKS = ['auto', 'xdp', 'xdp-generic', 'tcx'] as const;
/** Where programs are attached; `auto` lets the data plane choose for each interface. */
export type Hook = (typeof HOOKS)[number];

const MODES = ['snat', 'local'] as const;
/** How packets get to backends. */
export type Mode = (typeof MODES)[number];

/** Ports in host order, both ends included. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** Where objects come from. */
export type SourceOption =
  | {
      readonly kind: 'directory';
      readonly path: string;
    }
  | {
      readonly kind: 'kubernetes';
      /** Absent: the service account of the pod. */
      readonly kubeconfig?: string;
    };

/** Reads `--source`. */
export function parseSource(value: string): SourceOption {
  if (value === 'kubernetes') return { kind: 'kubernetes' };
  const [kind, path] = splitOnce(value, ':');
  if (kind !== 'dir' || path === undefined || path === '') {
    throw new CliError(
      'ERR_SOURCE_KIND',
      `--source: expected dir:PATH or kubernetes, got "${value}".`,
      ExitCode.usage,
    );
  }
  return { kind: 'directory', path: resolve(path) };
}

/** Puts `--source` and `--kubeconfig` together: a kubeconfig is enough to say that objects come from its cluster. */
export function chooseSource(source: SourceOption | undefined, kubeconfig: string | undefined): SourceOption {
  if (source?.kind === 'directory' && kubeconfig !== undefined) {
    throw new CliError(
      'ERR_USAGE',
      `--kubeconfig ${kubeconfig}: objects come from the folder ${source.path}; leave one of the two out.`,
      ExitCode.usage,
    );
  }
  if (kubeconfig !== undefined) return { kind: 'kubernetes', kubeconfig: resolve(kubeconfig) };
  if (source !== undefined) return source;
  throw new CliError(
    'ERR_USAGE',
    'expected --source dir:PATH, --source kubernetes or --kubeconfig FILE; "blixt run --help" has examples.',
    ExitCode.usage,
  );
}

/** Of a Lease. */
export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** Reads `--lease NAMESPACE/NAME`. */
export function parseLease(value: string): LeaseName {
  const match = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/.exec(
    value,
  );
  const [, namespace, name] = match ?? [];
  if (namespace === undefined || name === undefined)
    throw optionError('--lease', value, 'NAMESPACE/NAME, for example blixt-system/blixt');
  return { namespace, name };
}

/** Reads `--node-name`. */
export function parseNodeName(value: string): string {
  if (value.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value))
    throw optionError('--node-name', value, 'the name of a Node, for example worker-1');
  return value;
}

/** Reads `--port-range MIN-MAX`. */
export function parsePortRange(value: string): PortRange {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(value);
  const [min, max] = [Number(match?.[1]), Number(match?.[2])];
  if (!(min >= 1 && max <= 65535 && min <= max)) {
    throw optionError(
      '--port-range',
      value,
      'MIN-MAX with 1 <= MIN <= MAX <= 65535, for example 40000-59999',
    );
  }
  return { min, max };
}

/** Reads a size of a map. */
export function parseCount(option: string): (value: string) => number {
  return (value) => {
    const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (count < 1) throw optionError(option, value, 'a whole number from 1 to 999999999');
    return count;
  };
}

/** Reads an option with a fixed set of values. */
function parseChoice<T extends string>(option: string, choices: readonly T[]): (value: string) => T {
  return (value) => {
    const choice = choices.find((it) => it === value);
    if (choice === undefined) throw optionError(option, value, `one of ${choices.join(', ')}`);
    return choice;
  };
}

export const parseHook = parseChoice('--hook', HOOKS);
export const parseMode = parseChoice('--mode', MODES);
export const parseLogLevel = parseChoice('--log-level', [
  'debug',
  'info',
  'warn',
  'error',
  'silent',
] as const);
export const parseLogFormat = parseChoice('--log-format', ['json', 'pretty'] as const);
export const parseOutput = parseChoice('--output', ['table', 'json'] as const);
export const parseReportFormat = parseChoice('--output', ['human', 'json', 'sarif', 'github'] as const);
export const parseReferences = parseChoice('--references', ['none', 'known', 'all'] as const);
export const parseExplainOutput = parseChoice('--output', ['text', 'json'] as const);
export const parseChannel = parseChoice('--channel', ['standard', 'experimental'] as const);
export const parseSeverity = parseChoice('--fail-on', ['error', 'warning'] as const);

export type LogLevel = ReturnType<typeof parseLogLevel>;
export type LogFormat = ReturnType<typeof parseLogFormat>;
export type Output = ReturnType<typeof parseOutput>;

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
