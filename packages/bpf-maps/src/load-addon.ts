import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BpfUsageError } from './errors.ts';
import type { Addon } from './native.ts';

/** What `process.arch` is where the package brings an addon, each for glibc and musl. */
export const PREBUILT_ARCHITECTURES = ['x64', 'arm64'] as const;

/** From the package's folder. */
export function prebuiltPath(architecture: string): string {
  return `prebuilds/linux-${architecture}.node`;
}

/** What cmake-js builds, from the folder that it builds in. */
export const BUILT_PATH = 'Release/bpf-maps.node';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const PREBUILT = `${PREBUILT_ARCHITECTURES.map((name) => `linux-${name}`).join(' and ')}, glibc and musl`;

/**
 * Loads the addon: the one that was built here from its source, or else the one that the package brought.
 *
 * @throws BpfUsageError `ERR_BPF_PLATFORM` where there is none, or it does not load
 */
export function loadAddon(): Addon {
  if (process.platform !== 'linux') {
    throw new BpfUsageError(
      'ERR_BPF_PLATFORM',
      `BPF maps are a feature of the Linux kernel; @blixt/bpf-maps cannot open any on ${process.platform}-${process.arch}, it has addons for ${PREBUILT}`,
    );
  }
  const path = [join('build', BUILT_PATH), prebuiltPath(process.arch)]
    .map((candidate) => join(PACKAGE, candidate))
    .find((candidate) => existsSync(candidate));
  if (path === undefined) throw platformError('there is none');
  try {
    return createRequire(import.meta.url)(path);
  } catch (cause) {
    throw platformError(`${path} does not load: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

function platformError(problem: string, cause?: unknown): BpfUsageError {
  return new BpfUsageError(
    'ERR_BPF_PLATFORM',
    `@blixt/bpf-maps has no addon for linux-${process.arch} (${libc()}): ${problem}. It comes with addons for ${PREBUILT}; one for here can be built with \`cmake-js compile --directory ${PACKAGE}\` (see Building in its README)`,
    cause === undefined ? undefined : { cause },
  );
}

/** Which C library this process runs on; Node knows the version of glibc only. */
function libc(): string {
  const { report } = process;
  // Else it looks up the names of the peers of all sockets. Node 22 has this; the types of Node do not.
  const excludeNetwork = 'excludeNetwork' in report && report.excludeNetwork;
  Object.assign(report, { excludeNetwork: true });
  const { header }: { header?: { glibcVersionRuntime?: string } } = report.getReport();
  Object.assign(report, { excludeNetwork });
  const version = header?.glibcVersionRuntime;
  return version === undefined ? 'musl' : `glibc ${version}`;
}
