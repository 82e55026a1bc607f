#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { exitCodeOf, formatError } from './errors.ts';
import { main } from './program.ts';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const version =
  typeof manifest === 'object' && manifest !== null ? String(Reflect.get(manifest, 'version')) : '';

try {
  process.exitCode = await main(process.argv.slice(2), version);
} catch (error) {
  process.stderr.write(`${formatError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
