import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelObject } from '@blixt/gateway-model';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../test/eventually.ts';
import { RecordingLogger } from '../test/recording-logger.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { DirectorySource, type DirectorySourceOptions } from './directory-source.ts';
import { keyOf, type ObjectKey } from './object.ts';

const service = (name: string, port = 80, namespace = 'default'): string =>
  `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {ports: [{port: ${port}}]}\n`;

class Observed {
  readonly objects = new Map<ObjectKey, ModelObject>();
  readonly batches: string[][] = [];
  readonly logger = new RecordingLogger();

  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async start(options: DirectorySourceOptions = {}): Promise<DirectorySource> {
    const source = new DirectorySource(this.root, { logger: this.logger, ...options });
    onTestFinished(() => source.stop());
    await source.start((events) => {
      this.batches.push(events.map((event) => `${event.type} ${keyOf(event.object)}`));
      for (const { type, object } of events) {
        if (type === 'upsert') this.objects.set(keyOf(object), object);
        else this.objects.delete(keyOf(object));
      }
    });
    return source;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
  }

  services(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.objects.values()].flatMap((object) =>
        object.kind === 'Service' ? [[object.metadata.name, object.spec.ports?.[0]?.port]] : [],
      ),
    );
  }
}

function observe(files: Readonly<Record<string, string>> = {}): Observed {
  const observed = new Observed(temporaryDirectory());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(observed.root, name, '..'), { recursive: true });
    observed.write(name, text);
  }
  return observed;
}

describe('DirectorySource at the start', () => {
  it('delivers all objects of all files in one batch, and is synced then', async () => {
    const observed = observe({
      'a.yaml': service('a'),
      'deep/er/b.yml': service('b'),
      'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'c' } }),
      'notes.txt': 'not ours',
      '.hidden.yaml': service('hidden'),
      '.git/config.yaml': service('hidden'),
    });
    const source = await observed.start();
    expect(source.synced).toBe(true);
    expect(observed.batches).toHaveLength(1);
    expect([...observed.objects.keys()].sort()).toEqual([
      'Namespace//c',
      'Namespace//default',
      'Service/default/a',
      'Service/default/b',
    ]);
  });

  it('delivers an empty batch for an empty folder', async () => {
    const observed = observe();
    await observed.start();
    expect(observed.batches).toEqual([[]]);
  });

  it('gives objects a stable uid, generation 1 and the epoch as their age', async () => {
    const observed = observe({ 'a.yaml': service('a') });
    await observed.start();
    const again = new Observed(observed.root);
    await again.start();
    const metadata = observed.objects.get('Service/default/a')?.metadata;
    expect(metadata).toMatchObject({ generation: 1, creationTimestamp: '1970-01-01T00:00:00Z' });
    expect(metadata?.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(again.objects.get('Service/default/a')?.metadata).toEqual(metadata);
  });

  it('adds Namespaces that no file declares, with their name as a label', async () => {
    const observed = observe({ 'a.yaml': service('a', 80, 'shop') });
    await observed.start();
    expect(observed.objects.get('Namespace//shop')?.metadata.labels).toEqual({
      'kubernetes.io/metadata.name': 'shop',
    });
  });

  it('refuses to start with a broken file, and names every problem', async () => {
    const observed = observe({ 'a.yaml': service('a', 0), 'b.yaml': 'a: [', 'c.yaml': service('c') });
    await expect(observed.start()).rejects.toMatchObject({
      code: 'ERR_MANIFESTS',
      message: expect.stringMatching(
        /a\.yaml:5:23: .*ERR_MANIFEST_INVALID\]\n.*b\.yaml:.*ERR_MANIFEST_SYNTAX/,
      ),
      problems: [{ code: 'ERR_MANIFEST_INVALID' }, { code: 'ERR_MANIFEST_SYNTAX' }],
    });
    expect(observed.batches).toEqual([]);
  });

  it('starts with what is right when it is not strict', async () => {
    const observed = observe({ 'a.yaml': service('a', 0), 'c.yaml': service('c') });
    await observed.start({ strict: false });
    expect(observed.services()).toEqual({ c: 80 });
    expect(observed.logger.messages('error')).toEqual([
      expect.stringContaining('nothing of the file is used'),
    ]);
  });

  it.each(['missing', 'file'])('refuses a path that is no folder: %s', async (name) => {
    const observed = observe({ file: 'x' });
    const source = new DirectorySource(join(observed.root, name));
    await expect(source.start(() => {})).rejects.toMatchObject({ code: 'ERR_SOURCE_PATH' });
  });
});

describe('DirectorySource on a change', () => {
  it('delivers a file that is written in place within 100 ms', async () => {
    const observed = observe({ 'a.yaml': service('a') });
    await observed.start();
    const times: number[] = [];
    for (let port = 81; port < 91; port += 1) {
      observed.write('a.yaml', service('a', port));
      times.push(await eventually(() => expect(observed.services()).toEqual({ a: port })));
    }
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(100);
  });

  it('delivers a file that is replaced by rename', async () => {
    const observed = observe({ 'a.yaml': service('a') });
    await observed.start();
    observed.write('.a.yaml.swp', service('a', 81));
    renameSync(join(observed.root, '.a.yaml.swp'), join(observed.root, 'a.yaml'));
    await eventually(() => expect(observed.services()).toEqual({ a: 81 }));
    expect(observed.batches.flat()).not.toContain('delete Service/default/a');
  });

  it('counts generations of specs, not of labels, and says nothing when nothing changed', async () => {
    const observed = observe({ 'a.yaml': service('a'), 'b.yaml': service('b') });
    await observed.start();
    const generation = (): number | undefined =>
      observed.objects.get('Service/default/a')?.metadata.generation;
    observed.write('a.yaml', service('a', 81));
    await eventually(() => expect(generation()).toBe(2));
    observed.write('a.yaml', service('a', 81).replace('{name: a', '{labels: {x: z}, name: a'));
    await eventually(() =>
      expect(observed.objects.get('Service/default/a')?.metadata.labels).toEqual({ x: 'z' }),
    );
    expect(generation()).toBe(2);
    const batches = observed.batches.length;
    observed.write(
      'a.yaml',
      `# a comment\n${service('a', 81).replace('{name: a', '{labels: {x: z}, name: a')}`,
    );
    await sleep(150);
    expect(observed.batches).toHaveLength(batches);
  });

  it('delivers objects and files that come and go, within 100 ms', async () => {
    const observed = observe({ 'a.yaml': service('a') + service('b') });
    await observed.start();
    mkdirSync(join(observed.root, 'new'));
    observed.write('new/c.yaml', service('c'));
    await eventually(() => expect(observed.services()).toEqual({ a: 80, b: 80, c: 80 }));
    observed.write('a.yaml', service('a'));
    const partly = await eventually(() => expect(observed.services()).toEqual({ a: 80, c: 80 }));
    unlinkSync(join(observed.root, 'a.yaml'));
    const file = await eventually(() => expect(observed.services()).toEqual({ c: 80 }));
    rmSync(join(observed.root, 'new'), { recursive: true });
    await eventually(() => expect(observed.objects.size).toBe(0));
    expect(Math.min(partly, file)).toBeLessThan(100);
  });

  it('takes no harm from a file that is empty, half written or missing for a moment', async () => {
    const observed = observe({ 'a.yaml': service('a') + service('b') });
    await observed.start();
    const path = join(observed.root, 'a.yaml');
    truncateSync(path, 0);
    await sleep(15);
    observed.write('a.yaml', service('a', 81));
    await sleep(15);
    observed.write('a.yaml', `${service('a', 82)}---\nkind: [`);
    await sleep(15);
    unlinkSync(path);
    await sleep(15);
    observed.write('a.yaml', service('a', 83) + service('b', 83));
    await eventually(() => expect(observed.services()).toEqual({ a: 83, b: 83 }));
    expect(observed.batches.flat().filter((event) => event.startsWith('delete'))).toEqual([]);
    expect(observed.logger.messages('error')).toEqual([]);
  });

  it('keeps all of a file that is broken now, says so once, and goes on when it is right again', async () => {
    const observed = observe({ 'a.yaml': service('a') + service('b') });
    await observed.start();
    observed.write('a.yaml', service('a', 81) + service('b', 0));
    await eventually(() => expect(observed.logger.messages('error')).toHaveLength(1));
    expect(observed.logger.messages('error')[0]).toMatch(
      /a\.yaml:10:23: Service default\/b: spec\.ports\[0\]\.port: .*what the file declared before stays in force/,
    );
    await sleep(100);
    expect(observed.services()).toEqual({ a: 80, b: 80 });
    observed.write('a.yaml', service('a', 81) + service('b', 82));
    await eventually(() => expect(observed.services()).toEqual({ a: 81, b: 82 }));
    expect(observed.logger.messages('error')).toHaveLength(1);
  });

  it('refuses a second declaration, naming both files, and takes it when the first is gone', async () => {
    const observed = observe({ 'a.yaml': service('a') });
    await observed.start();
    observed.write('b.yaml', service('a', 81));
    await eventually(() => expect(observed.logger.messages('error')).toHaveLength(1));
    expect(observed.logger.messages('error')[0]).toMatch(
      /b\.yaml:2:1: Service default\/a: is declared already at .*a\.yaml:2:1/,
    );
    expect(observed.services()).toEqual({ a: 80 });
    unlinkSync(join(observed.root, 'a.yaml'));
    await eventually(() => expect(observed.services()).toEqual({ a: 81 }));
    expect(observed.batches.flat()).not.toContain('delete Service/default/a');
  });

  it('lets objects move between files without a gap', async () => {
    const observed = observe({ 'a.yaml': service('x'), 'b.yaml': service('z') });
    await observed.start();
    observed.write('a.yaml', service('z', 81));
    observed.write('b.yaml', service('x', 81));
    await eventually(() => expect(observed.services()).toEqual({ x: 81, z: 81 }));
    expect(observed.batches.flat().filter((event) => event.startsWith('delete'))).toEqual([]);
    expect(observed.logger.messages('error')).toEqual([]);
  });

  it('warns once of a kind that it does not use', async () => {
    const pod = '---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n';
    const observed = observe({ 'a.yaml': service('a') + pod });
    await observed.start();
    observed.write('a.yaml', service('a', 81) + pod);
    await eventually(() => expect(observed.services()).toEqual({ a: 81 }));
    expect(observed.logger.messages('warn')).toEqual([
      expect.stringMatching(/a\.yaml:7:1: v1 Pod is not used here/),
    ]);
  });

  it('sees a folder of symbolic links whose target is exchanged, as kubelet does with ConfigMaps', async () => {
    const observed = observe({ '..1/a.yaml': service('a') });
    symlinkSync('..1', join(observed.root, '..data'));
    symlinkSync('..data/a.yaml', join(observed.root, 'a.yaml'));
    await observed.start();
    expect(observed.services()).toEqual({ a: 80 });
    mkdirSync(join(observed.root, '..2'));
    observed.write('..2/a.yaml', service('a', 81));
    symlinkSync('..2', join(observed.root, '..data_tmp'));
    renameSync(join(observed.root, '..data_tmp'), join(observed.root, '..data'));
    await eventually(() => expect(observed.services()).toEqual({ a: 81 }));
  });

  it('keeps everything when the folder itself is gone, and follows the one that takes its place', async () => {
    const observed = observe({ 'a.yaml': service('a') });
    await observed.start();
    const parked = `${observed.root}-parked`;
    renameSync(observed.root, parked);
    onTestFinished(() => rmSync(parked, { recursive: true, force: true }));
    await sleep(150);
    expect(observed.services()).toEqual({ a: 80 });
    mkdirSync(observed.root);
    observed.write('a.yaml', service('a', 81));
    await eventually(() => expect(observed.services()).toEqual({ a: 81 }));
    observed.write('a.yaml', service('a', 82));
    await eventually(() => expect(observed.services()).toEqual({ a: 82 }));
  });

  it('leaves a loop of symbolic links', async () => {
    const observed = observe({ 'd/a.yaml': service('a') });
    symlinkSync('..', join(observed.root, 'd', 'up'));
    await observed.start();
    expect(observed.services()).toEqual({ a: 80 });
  });

  it('delivers nothing after it was stopped', async () => {
    const observed = observe({ 'a.yaml': service('a') });
    const source = await observed.start();
    await source.stop();
    observed.write('a.yaml', service('a', 81));
    await sleep(100);
    expect(observed.services()).toEqual({ a: 80 });
  });
});
