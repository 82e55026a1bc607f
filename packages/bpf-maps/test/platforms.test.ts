import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Tries everything that needs the addon, and prints what is thrown. */
const USE = `
  import { Btf, BpfMap, listMaps, possibleCpus, struct, u32, u64 } from './dist/index.js';
  const codec = struct({ a: u32, b: u64 });
  const spec = { type: 'hash', key: u32, value: u32, maxEntries: 1 };
  const uses = [
    () => BpfMap.create(spec),
    () => BpfMap.openPinned('/sys/fs/bpf/x', spec),
    () => BpfMap.openById(1, spec),
    () => BpfMap.openByName('x', spec),
    () => BpfMap.fromFd(0, spec),
    () => listMaps(),
    () => possibleCpus(),
    () => Btf.load(1),
  ];
  const errors = uses.map((use) => {
    try {
      return String(use());
    } catch ({ name, code, message, cause }) {
      return { name, code, message, cause: cause?.code };
    }
  });
  console.log(JSON.stringify({ size: codec.size, errors }));`;

interface Outcome {
  /** Of a codec. */
  readonly size: number;
  readonly errors: readonly unknown[];
}

/** A process that believes to be elsewhere: `platform` and `arch` are those of `process`. */
function runAs(folder: string, platform: string, arch: string, more = ''): Outcome {
  const disguise = `for (const [name, value] of Object.entries(${JSON.stringify({ platform, arch })}))
    Object.defineProperty(process, name, { value }); ${more}`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`, join(folder, 'use.mjs')],
    { encoding: 'utf8', timeout: 25_000, env: { ...process.env, FORCE_COLOR: '0' } },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** What each use throws. */
function platformErrors(message: RegExp, cause?: string): readonly unknown[] {
  return Array.from({ length: 8 }, () => ({
    name: 'BpfUsageError',
    code: 'ERR_BPF_PLATFORM',
    message: expect.stringMatching(message),
    ...(cause === undefined ? {} : { cause }),
  }));
}

const COMES_WITH = 'addons for linux-x64 and linux-arm64, glibc and musl';

describe('the library as it is installed, without an addon that was built here', () => {
  let folder = '';
  beforeAll(() => {
    // Inside of the workspace, so that dependencies are found.
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    folder = mkdtempSync(join(ROOT, 'build', 'test-'));
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
    writeFileSync(join(folder, 'use.mjs'), USE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['freebsd', 'x64'],
  ])('on %s is imported, and its first use says that maps are a matter of Linux', (platform, arch) => {
    const { size, errors } = runAs(folder, platform, arch);
    expect(size).toBe(16);
    expect(errors).toEqual(
      platformErrors(
        RegExp(
          `^BPF maps are a feature of the Linux kernel; .* on ${platform}-${arch}, it has ${COMES_WITH}$`,
        ),
      ),
    );
  });

  it.each(['ppc64', 's390x', 'riscv64'])(
    'on Linux of %s is imported, and its first use tells the platform, what there is and how to build',
    (arch) => {
      const { size, errors } = runAs(folder, 'linux', arch);
      expect(size).toBe(16);
      const build = `cmake-js compile --directory ${folder}/`;
      expect(errors).toEqual(
        platformErrors(
          RegExp(
            `^@blixt/bpf-maps has no addon for linux-${arch} \\(glibc [\\d.]+\\): there is none\\. .*${COMES_WITH}.*${build}`,
          ),
        ),
      );
    },
  );

  it('tells musl from glibc', () => {
    const noVersion = 'process.report.getReport = () => ({ header: {} });';
    expect(runAs(folder, 'linux', 's390x', noVersion).errors).toEqual(
      platformErrors(/^@blixt\/bpf-maps has no addon for linux-s390x \(musl\): there is none\./),
    );
  });

  it('says why an addon does not load, with the error of Node as its cause', () => {
    mkdirSync(join(folder, 'prebuilds'));
    const addon = join(folder, 'prebuilds/linux-riscv64.node');
    writeFileSync(addon, 'not an addon'.repeat(100));
    const { errors } = runAs(folder, 'linux', 'riscv64');
    expect(errors).toEqual(
      platformErrors(RegExp(`${addon} does not load: .*invalid ELF header`), 'ERR_DLOPEN_FAILED'),
    );
  });
});
