import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DynamicSymbol, dynamicSymbols, neededLibraries } from './elf.ts';
import { EmptyProject } from './empty-project.ts';
import { nodeReleases } from './nodes.ts';
import { publishedPackages, ROOT } from './packages.ts';
import { glibcFolder, muslLibrary, type Platform, platforms } from './platforms.ts';
import { pack } from './tarball.ts';

const NAME = '@blixt/bpf-maps';
const INSTALLED = `node_modules/${NAME}`;
const README = readFileSync(join(ROOT, 'packages/bpf-maps/README.md'), 'utf8');

const [oldest] = nodeReleases;

let folder: string;
let tarball: string;
let project: EmptyProject;
beforeAll(() => {
  const published = publishedPackages.find(({ name }) => name === NAME);
  if (published === undefined) throw new Error(`${NAME} is not published`);
  folder = mkdtempSync(join(tmpdir(), 'blixt-tarballs-'));
  tarball = pack(published, folder);
  project = new EmptyProject();
  install(project, [tarball]);
});
afterAll(() => {
  project[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function install(target: EmptyProject, specifiers: readonly string[]): void {
  const { status, stdout, stderr } = target.install(specifiers, oldest);
  if (status !== 0) throw new Error(`npm install ${specifiers.join(' ')}: ${stdout}${stderr}`);
}

/** Runs a module in the project, and gives what it prints as JSON. */
function runIn(
  target: EmptyProject,
  { node: [command, ...args] }: Pick<Platform, 'node'>,
  module: string,
): unknown {
  target.write('use.mjs', module);
  const { status, stdout, stderr } = target.run(command, [...args, '--no-warnings', 'use.mjs'], oldest);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

const USE_MAPS = `
  import { readFileSync } from 'node:fs';
  import { BpfMap, Btf, listMaps, possibleCpus, struct, u32, u64 } from '${NAME}';
  const answers = {};
  const answer = async (name, use) => {
    try { answers[name] = await use(); } catch ({ name: type, code, message }) { answers[name] = { type, code, message }; }
  };
  const value = struct({ packets: u64 });
  const spec = { type: 'hash', key: u32, value, maxEntries: 1_000, name: 'prebuilt' };
  await answer('node', () => [process.arch, process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc']);
  await answer('cpus', () => possibleCpus() > 0);
  await answer('codec', () => String(value.size));
  await answer('btf', () => typeof Btf.parse(readFileSync('/sys/kernel/btf/vmlinux')));
  await answer('argument', () => BpfMap.openById(-1));
  await answer('list', () => listMaps().length >= 0);
  await answer('map', async () => {
    const map = BpfMap.create(spec);
    for (let key = 0; key < 1_000; key++) map.set(key, { packets: BigInt(key) });
    const read = [String(map.get(999).packets), [...map].length, await map.countAsync(), map.describe().type];
    map.close();
    return read;
  });
  console.log(JSON.stringify(answers));`;

/** What it answers where there is no bpf(2). */
function noBpf(operation: string): unknown {
  const message = expect.stringMatching(RegExp(`^${operation} .*: ENOSYS, .*an emulator`));
  return { type: 'BpfError', code: 'ENOSYS', message };
}

/** Workers that are terminated while they use maps, where there are any; the main thread loads no addon. */
function endWorkers(hasBpf: boolean): string {
  const worker = `
    import { parentPort } from 'node:worker_threads';
    import { BpfMap, possibleCpus, RingBuffer, u32, u64 } from '${NAME}';
    possibleCpus();
    if (${hasBpf}) {
      const map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 5_000, name: 'worker' });
      for (let key = 0; key < 5_000; key++) map.set(key, 1n);
      const ring = new RingBuffer(BpfMap.create({ type: 'ringbuf', maxEntries: 4_096, name: 'worker' }), { record: u32 });
      const wait = async () => { for await (const record of ring) throw record; };
      const walk = async () => { for (;;) for await (const [key] of map) if (key > 5_000) throw key; };
      wait();
      walk();
      setInterval(() => { for (let key = 0; key < 1_000; key++) map.get(key); }, 1);
    } else setInterval(possibleCpus, 1);
    parentPort.postMessage('busy');`;
  return `
    import { readdirSync, writeFileSync } from 'node:fs';
    import { once } from 'node:events';
    import { setTimeout } from 'node:timers/promises';
    import { Worker } from 'node:worker_threads';
    writeFileSync('worker.mjs', ${JSON.stringify(worker)});
    const open = () => readdirSync('/proc/self/fd').length;
    const counts = [];
    for (let round = 0; round < 3; round++) {
      const workers = [1, 2].map(() => new Worker(new URL('./worker.mjs', import.meta.url)));
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      await setTimeout(5 * round);
      await Promise.all(workers.map((worker) => worker.terminate()));
      counts.push(open());
    }
    console.log(JSON.stringify({ rounds: counts.length, leakedDescriptors: counts.at(-1) - counts[0] }));`;
}

describe.each(platforms)('the tarball of bpf-maps in $title', (platform) => {
  const { architecture, libc, hasBpf } = platform;

  it('has the addon for it, which reads and writes maps, and throws its errors', () => {
    expect(runIn(project, platform, USE_MAPS)).toEqual({
      node: [architecture, libc],
      cpus: true,
      codec: '8',
      btf: 'object',
      argument: expect.objectContaining({ code: 'ERR_BPF_ARGUMENT' }),
      list: hasBpf ? true : noBpf('BPF_MAP_GET_NEXT_ID'),
      map: hasBpf ? ['999', 1_000, 1_000, 'hash'] : noBpf('BPF_MAP_CREATE'),
    });
  });

  it('throws exceptions of C++ as errors', () => {
    const errors = runIn(
      project,
      platform,
      `import { createRequire } from 'node:module';
       const addon = createRequire(import.meta.url)('./${INSTALLED}/prebuilds/linux-${architecture}.node');
       const errors = [];
       for (let i = 0; i < 100; i++) try { addon.openPinned(i); } catch (error) { errors.push(error.message); }
       console.log(JSON.stringify([errors.length, ...new Set(errors)]));`,
    );
    expect(errors).toEqual([100, expect.stringContaining('must be a string')]);
  });

  it('works in worker threads, which may end at any time', () => {
    expect(runIn(project, platform, endWorkers(hasBpf))).toEqual({ rounds: 3, leakedDescriptors: 0 });
  });
});

/** The oldest version of each symbol that a library has, and whether a later one is another function. */
function oldestVersions(
  symbols: readonly DynamicSymbol[],
): ReadonlyMap<string, { minor: number; changed: boolean }> {
  const found = new Map<string, { minor: number; address: string; changed: boolean }>();
  for (const { name, version, address, defined } of symbols) {
    const minor = /^GLIBC_2\.(\d+)/.exec(version ?? '')?.[1];
    if (!defined || minor === undefined) continue;
    const known = found.get(name);
    const changed = known !== undefined && (known.changed || known.address !== address);
    if (known === undefined || known.minor > Number(minor))
      found.set(name, { minor: Number(minor), address, changed });
    else found.set(name, { ...known, changed });
  }
  return found;
}

describe.each(['x64', 'arm64'] as const)('the addon for linux-%s', (architecture) => {
  let path: string;
  let wanted: readonly DynamicSymbol[];
  beforeAll(() => {
    path = join(project.folder, INSTALLED, `prebuilds/linux-${architecture}.node`);
    wanted = dynamicSymbols(path).filter(
      ({ defined, name }) => !defined && !/^(?:napi|node_api)_/.test(name),
    );
  });

  it('needs no library: Node has loaded the C library, and the C++ runtime is inside', () => {
    expect(neededLibraries(path)).toEqual([]);
    const exported = dynamicSymbols(path).filter(({ defined }) => defined);
    expect(exported.map(({ name }) => name).sort()).toEqual([
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ]);
  });

  it('takes of the C library what glibc has had since the version that the README says', () => {
    const versions = oldestVersions(
      globSync(['libc.so.6', 'ld-linux-*.so.*'], { cwd: glibcFolder[architecture] }).flatMap((file) =>
        dynamicSymbols(join(glibcFolder[architecture], file)),
      ),
    );
    const known = wanted.filter(({ weak, name }) => !weak || versions.has(name));
    expect(known.length).toBeGreaterThan(30);
    expect(known.filter(({ name }) => !versions.has(name)).map(({ name }) => name)).toEqual([]);
    const minors = known.map(({ name }) => versions.get(name)?.minor ?? 0);
    const promised = Number(/glibc 2\.(\d+) or later/.exec(README)?.[1]);
    expect(Math.max(...minors)).toBeLessThanOrEqual(promised);
  });

  it('asks for no versions, and so gets the oldest of those that changed: of memcpy alone', () => {
    expect(wanted.filter(({ version }) => version !== undefined)).toEqual([]);
    const library = oldestVersions(dynamicSymbols(join(glibcFolder[architecture], 'libc.so.6')));
    const changed = wanted.filter(({ name }) => library.get(name)?.changed === true);
    expect(changed.map(({ name }) => name).filter((name) => name !== 'memcpy')).toEqual([]);
  });

  it('takes nothing that musl does not have', () => {
    const names = new Set(
      dynamicSymbols(muslLibrary(architecture))
        .filter(({ defined }) => defined)
        .map(({ name }) => name),
    );
    expect(wanted.filter(({ weak, name }) => !weak && !names.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it('is stripped, and small', () => {
    expect(statSync(path).size).toBeLessThan(512 * 1024);
  });
});

describe("an addon of the tarball's sources", () => {
  let other: EmptyProject;
  beforeAll(() => {
    other = new EmptyProject();
  });
  afterAll(() => other[Symbol.dispose]());

  it('is built with cmake-js as the README says, and used instead of the one that came along', {
    timeout: 900_000,
  }, () => {
    const [, packages = '', command = ''] =
      /```sh\nnpm install --no-save (cmake-js@\S+ \S+)\nnpx (cmake-js .*)\n```/.exec(README) ?? [];
    install(other, [tarball]);
    install(other, ['--no-save', ...packages.split(' ')]);
    rmSync(join(other.folder, INSTALLED, 'prebuilds'), { recursive: true });
    const build = other.run('npx', command.split(' '), oldest, 600_000);
    expect(build.status, build.stdout + build.stderr).toBe(0);
    expect(globSync('build/**/*.node', { cwd: join(other.folder, INSTALLED) })).toEqual([
      'build/Release/bpf-maps.node',
    ]);
    const [native] = platforms;
    if (native === undefined) throw new Error('expected a platform');
    expect(runIn(other, native, USE_MAPS)).toMatchObject({ map: ['999', 1_000, 1_000, 'hash'] });
  });
});
