/**
 * `node tools/bootstrap/src/test.mjs [VITEST ARG...]`: lint, types and every test of all packages.
 *
 * The last line is `N passed, N failed`: vitest's tests, plus one each for the lint and for the types. With
 * arguments, which select tests, only vitest runs.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failedTasksOnly } from './nx-output.mjs';
import { StepError, step } from './progress.mjs';
import { runCommand } from './run-command.mjs';
import { ROOT, STATE_DIRECTORY, workspaceEnvironment } from './workspace.mjs';

const REPORT = join(STATE_DIRECTORY, 'vitest.json');

/**
 * Checks something without running it. Prints what is wrong.
 *
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./run-command.mjs').CommandFailure} failure
 * @param {RegExp} [progress] - lines that tell how far it is.
 * @returns {Promise<boolean>} whether all is well.
 */
async function check(title, command, args, failure, progress) {
  try {
    await step(title, (note) =>
      runCommand(command, args, failure, {
        onLine: (line) => {
          if (progress?.test(line)) note(line);
        },
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`\n${error.message}\n\n${error.advice}\n`);
    return false;
  }
}

/**
 * Runs vitest with this process's output.
 *
 * @param {readonly string[]} args
 * @returns {Promise<boolean>} whether its exit code was 0.
 */
function runVitest(args) {
  return new Promise((resolve) => {
    const child = spawn('vitest', ['run', ...args], {
      cwd: ROOT,
      env: workspaceEnvironment(),
      stdio: 'inherit',
    });
    child.on('error', (error) => {
      console.error(`vitest: ${error.message}`);
      resolve(false);
    });
    child.on('exit', (code) => resolve(code === 0));
  });
}

/**
 * Builds what tests run, unless the cache has it: here, and not within a test, because it takes minutes the first
 * time.
 *
 * @param {string} what
 * @param {...string} script - prints lines that begin with `NAME: ` while it builds.
 * @returns {Promise<boolean>} whether it is there.
 */
function build(what, ...script) {
  return check(
    `Building ${what}`,
    'node',
    script,
    {
      code: 'TEST_BUILD',
      advice: `\`node ${script.join(' ')}\` repeats this alone. It needs Go and the Go module proxy.`,
    },
    /^\w+: /,
  );
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
  const lint = await check('Checking lint and format', 'biome', ['check', '.'], {
    code: 'TEST_LINT',
    advice: '`npm run format` mends what can be mended.',
  });
  total[lint ? 'passed' : 'failed'] += 1;
  const types = await check(
    'Checking types',
    'nx',
    ['run-many', '--target=typecheck', '--output-style=static'],
    {
      code: 'TEST_TYPES',
      advice: '`npm run typecheck` repeats this alone.',
      select: failedTasksOnly,
    },
  );
  total[types ? 'passed' : 'failed'] += 1;
  if (!(await build('Kubernetes', 'tools/cluster/src/main.ts', 'build'))) total.failed += 1;
  if (!(await build('MetalLB', 'tools/metallb/src/main.ts'))) total.failed += 1;
}

mkdirSync(STATE_DIRECTORY, { recursive: true });
rmSync(REPORT, { force: true });
const testsPassed = await runVitest([
  ...(process.stdout.isTTY ? [] : ['--no-color']),
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
