import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { objectForTests } from './object-for-tests.ts';
import { COMMAND, output, run, shell } from './tool-command.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const object = objectForTests('tool.bpf.c');

describe('the command', () => {
  it('ends quietly when nobody reads on', () => {
    const { code, stdout, stderr } = shell(
      `$COMMAND dump ${object.map('tool_many')} --ndjson | head -1; exit "\${PIPESTATUS[0]}"`,
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"key":0,"value":0}\n', stderr: '' });
  });

  it('ends what goes on when nobody reads on', () => {
    const { code, stdout, stderr } = shell(`$COMMAND top --json -i 0.05 | head -1; exit "\${PIPESTATUS[0]}"`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toHaveProperty('changesPerSecond');
  });

  it('tells in one line that output cannot be written', () => {
    const { code, stderr } = shell(`$COMMAND dump ${object.map('tool_many')} > /dev/full`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^bpf-maps: .*\[ENOSPC\]\n$/);
  });

  it('has colours on a terminal, unless NO_COLOR says otherwise', () => {
    const top = `script -qec "$COMMAND top -n 1 -i 0.05" /dev/null`;
    const bold = '\u001b[1m';
    expect(shell(top, { TERM: 'xterm' }).stdout).toContain(bold);
    expect(shell(top, { TERM: 'xterm', NO_COLOR: '1' }).stdout).not.toContain(bold);
    expect(output('top', '-n', '1', '-i', '0.05')).not.toContain('\u001b');
  });

  it('shows as much of top as the terminal does', () => {
    const top = `script -qec "stty cols 30 rows 6; $COMMAND top -n 1 -i 0.05" /dev/null`;
    const lines = shell(top, { TERM: 'xterm', NO_COLOR: '1' })
      .stdout.replace('\u001b[H\u001b[J', '')
      .split('\r\n');
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines.map((line) => line.length))).toBe(30);
    expect(lines[1]).toMatch(/^ID +NAME +TYPE/);
  });

  it('explains a command line that it does not understand in one line', () => {
    const wrong = [
      ['frob'],
      ['dump'],
      ['dump', 'id'],
      ['dump', 'id', 'x'],
      ['dump', object.map('tool_flows'), 'more'],
      ['list', '--json', '--ndjson'],
      ['watch', object.map('tool_flows'), '-i', '0'],
      ['top', '--limit', 'x'],
      ['top', '--sort', 'name'],
      ['get', object.map('tool_flows'), 'a', 'b'],
    ];
    for (const words of wrong) {
      const { code, stdout, stderr } = run(...words);
      expect(stderr).toMatch(/^bpf-maps: [^\n]+ \[ERR_USAGE\]\n$/);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }
  });

  it('has help, with the exit codes, and a version', () => {
    expect(output('--help')).toContain('Exit codes: 0 done; 1 the kernel');
    for (const command of ['list', 'get', 'top', 'events', 'pin']) {
      expect(output(command, '--help')).toContain(`Usage: bpf-maps ${command} `);
    }
    expect(output('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('says which privilege is missing', () => {
    const { code, stderr } = shell('setpriv --reuid 65534 --clear-groups --bounding-set -all $COMMAND list');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^bpf-maps: .* failed: EPERM, .*CAP_SYS_ADMIN.* \[EPERM\]\n$/);
  });

  it('says on another system that maps are a matter of Linux', () => {
    // As it is installed, without an addon that was built here; inside of the workspace, for the dependencies.
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    const place = mkdtempSync(join(ROOT, 'build', 'test-'));
    onTestFinished(() => rmSync(place, { recursive: true, force: true }));
    for (const part of ['dist', 'package.json']) {
      cpSync(join(ROOT, part), join(place, part), { recursive: true });
    }
    const command = `${process.execPath} ${join(place, 'dist/bpf-maps.js')}`;
    const darwin = `data:text/javascript,Object.defineProperty(process,'platform',{value:'darwin'})`;
    for (const words of ['list', 'dump 1', 'top']) {
      const { code, stdout, stderr } = shell(`NODE_OPTIONS="--import ${darwin}" ${command} ${words}`);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^bpf-maps: BPF maps are a feature of the Linux kernel.*\[ERR_BPF_PLATFORM\]\n$/,
      );
    }
  });

  it('is not loaded by the library', () => {
    const loadedBy = (module: string): string[] => {
      const script = `
        import { registerHooks } from 'node:module';
        const seen = new Set();
        registerHooks({ resolve(name, context, next) { seen.add(name); return next(name, context); } });
        await import(${JSON.stringify(module)});
        process.exitCode = 0;
        console.log(JSON.stringify([...seen]));`;
      const args = ['--input-type=module', '--eval', script, '--', 'types'];
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' }));
    };
    expect(loadedBy(COMMAND.replace('bpf-maps.js', 'index.js'))).not.toContain('commander');
    expect(loadedBy(COMMAND)).toContain('commander');
  });
});
