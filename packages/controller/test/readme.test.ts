import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const PACKAGE = join(import.meta.dirname, '..');

describe('README', () => {
  it('has an example that runs on the example configuration', async () => {
    const directory = temporaryDirectory();
    const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
    cpSync(join(PACKAGE, '../../apps/blixt/examples'), join(directory, 'config'), { recursive: true });
    mkdirSync(join(directory, 'node_modules/@blixt'), { recursive: true });
    symlinkSync(PACKAGE, join(directory, 'node_modules/@blixt/controller'));
    writeFileSync(join(directory, 'example.ts'), example);
    const child = spawn(process.execPath, ['example.ts'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    await eventually(() => {
      expect(output).toContain("load { namespace: 'default', name: 'example' }");
      expect(readdirSync(join(directory, 'status'))).toHaveLength(4);
    }, 15_000);
  });
});
