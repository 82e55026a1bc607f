import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Lab } from './lab.ts';
import { BPFFS_DIRECTORY, namespacesOf, processesIn, sweepLeftovers } from './leftovers.ts';

/** Everything of a lab that can be seen on the machine. */
function tracesOf(labId: string): string[] {
  const namespaces = namespacesOf(labId);
  return [
    ...namespaces,
    ...processesIn(namespaces).map((pid) => `process ${pid}`),
    ...[tmpdir(), BPFFS_DIRECTORY].flatMap((directory) =>
      readdirSync(directory).filter((name) => name.startsWith(labId)),
    ),
  ];
}

/** Starts `fixtures/idle-lab.ts`: a process with a lab that has two namespaces, a link, a process and a file. */
async function startIdleLab(): Promise<{ child: ReturnType<typeof spawn>; labId: string }> {
  const script = fileURLToPath(new URL('./fixtures/idle-lab.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line]: string[] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, labId: (line ?? '').trim() };
}

describe('a lab', () => {
  it('removes namespaces, processes, its folder and its pins when it is disposed', async () => {
    const lab = new Lab();
    const a = lab.namespace('a');
    const b = lab.namespace('b');
    lab.connect({ namespace: a, interfaceName: 'eth0' }, { namespace: b, interfaceName: 'eth0' });
    a.start('sleep', ['60']);
    writeFileSync(join(lab.directory, 'file'), 'x');
    mkdirSync(lab.pinDirectory);
    // Two namespaces, a process, as soon as it is in its own, the temporary folder and the pins.
    await expect.poll(() => tracesOf(lab.id)).toHaveLength(5);

    lab.dispose();
    expect(tracesOf(lab.id)).toEqual([]);
    lab.dispose();
    expect(() => lab.namespace('c')).toThrow(expect.objectContaining({ code: 'LAB_DISPOSED' }));
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'removes everything on %s and dies of it',
    async (signal) => {
      const { child, labId } = await startIdleLab();
      await expect.poll(() => processesIn(namespacesOf(labId))).toHaveLength(1);
      child.kill(signal);
      const [, diedOf] = await once(child, 'exit');
      expect(diedOf).toBe(signal);
      expect(tracesOf(labId)).toEqual([]);
    },
  );

  it('leaves after SIGKILL only what the next lab sweeps, and its processes die at once', async () => {
    const { child, labId } = await startIdleLab();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => processesIn(namespacesOf(labId)), { timeout: 2_000 }).toEqual([]);
    using next = new Lab();
    expect(next.id).not.toBe(labId);
    expect(tracesOf(labId)).toEqual([]);
  });

  it('does not sweep the lab of a living process', () => {
    using lab = new Lab();
    lab.namespace('a');
    expect(sweepLeftovers()).not.toContain(lab.id);
    expect(tracesOf(lab.id)).toContain(`${lab.id}-a`);
  });
});

describe('what the lab refuses', () => {
  it.each(['', 'Upper', 'a/b', 'x'.repeat(33)])('a role %j', (role) => {
    using lab = new Lab();
    expect(() => lab.namespace(role)).toThrow(expect.objectContaining({ code: 'LAB_NAME_INVALID' }));
  });

  it('a role that is taken', () => {
    using lab = new Lab();
    lab.namespace('a');
    expect(() => lab.namespace('a')).toThrow(expect.objectContaining({ code: 'LAB_NAME_INVALID' }));
  });

  it('an interface name over 15 characters', () => {
    using lab = new Lab();
    const a = { namespace: lab.namespace('a'), interfaceName: 'sixteen-letters-' };
    expect(() => lab.connect(a, { ...a, interfaceName: 'b' })).toThrow(
      expect.objectContaining({ code: 'LAB_NAME_INVALID' }),
    );
  });

  it('a failing command, with what the command said', () => {
    using lab = new Lab();
    expect(() => lab.namespace('a').ip('link set nosuch up')).toThrow(/Cannot find device "nosuch"/);
  });
});

describe('a process in a namespace', () => {
  it('runs in that network namespace and sees the bpffs and /sys of the machine', async () => {
    using lab = new Lab();
    const namespace = lab.namespace('a');
    const links = namespace.run('ip', ['-o', 'link']).stdout.trim().split('\n');
    expect(links.every((line) => / (lo|sit0|gre0|tunl0)/.test(line))).toBe(true);
    const readMounts = namespace.start('readlink', ['/proc/self/ns/mnt']);
    await readMounts.ended();
    const ours = namespace.run('readlink', [`/proc/${process.pid}/ns/mnt`]).stdout;
    expect(readMounts.output).toBe(ours);
  });

  it('that ends before it is ready is an error with its output', async () => {
    using lab = new Lab();
    const failing = lab.namespace('a').start('sh', ['-c', 'echo no such luck >&2; exit 3']);
    await expect(failing.ready(() => false)).rejects.toMatchObject({
      code: 'LAB_PROCESS_NOT_READY',
      message: expect.stringContaining('ended (3) before it was ready\nno such luck'),
    });
  });

  it('is stopped by SIGTERM, or by SIGKILL when it does not listen', async () => {
    using lab = new Lab();
    const namespace = lab.namespace('a');
    expect(await namespace.start('sleep', ['60']).stop()).toEqual({ code: null, signal: 'SIGTERM' });
    const deaf = namespace.start('sh', ['-c', 'trap "" TERM; echo deaf; while :; do sleep 1; done']);
    await deaf.ready((output) => output.includes('deaf'));
    expect(await deaf.stop(50)).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
