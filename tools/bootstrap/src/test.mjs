/**
 * `node tools/bootstrap/src/test.mjs [VITEST ARG...]`: lint, types and every test of all packages.
 *
 * The last line is `N passed, N failed`: vitest's tests, plus one each for the lint and for the types. With
 * arguments, which select tests, only vitest runs.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, STATE_DIRECTORY, workspaceEnvironment } from './workspace.mjs';

const REPORT = join(STATE_DIRECTORY, 'vitest.json');

/**
 * Runs a command with this process's output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<boolean>} whether its exit code was 0.
 */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env: workspaceEnvironment(), stdio: 'inherit' });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(false);
    });
    child.on('exit', (code) => resolve(code === 0));
  });
}

/** @returns {{ passed: number, failed: number }} zeros when there is no report. */
function readReport() {
  try {
    /** @type {{ numPassedTests: number, numFailedTests: number }} */
    const report = JSON.parse(readFileSync(REPORT, 'utf8'));
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

const vitestArgs = process.argv.slice(2);
const total = { passed: 0, failed: 0 };

if (vitestArgs.length === 0) {
  for (const [title, command, args] of /** @type {const} */ ([
    ['Lint and format', 'biome', ['check', '.']],
    ['Types', 'nx', ['run-many', '--target=typecheck', '--output-style=static']],
  ])) {
    console.log(`\n== ${title}`);
    total[(await run(command, args)) ? 'passed' : 'failed'] += 1;
  }
  console.log('\n== Tests');
}

mkdirSync(STATE_DIRECTORY, { recursive: true });
rmSync(REPORT, { force: true });
const testsPassed = await run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${REPORT}`,
  ...vitestArgs,
]);
const report = readReport();
total.passed += report.passed;
// A file that does not load, or an error outside of a test, fails the run without a failed test.
total.failed += testsPassed ? report.failed : Math.max(report.failed, 1);

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
