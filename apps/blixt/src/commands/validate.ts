import { styleText } from 'node:util';
import type { ManifestText } from '@blixt/controller';
import { CliError, ExitCode } from '../errors.ts';
import { readStandardInput } from '../standard-input.ts';
import type { LintReport } from '../validate/finding.ts';
import { lint } from '../validate/lint.ts';
import { printGithub } from '../validate/print-github.ts';
import { type Paint, printHuman } from '../validate/print-human.ts';
import { printJson } from '../validate/print-json.ts';
import { printSarif } from '../validate/print-sarif.ts';
import type { References } from '../validate/reference-warnings.ts';
import { ruleInfos } from '../validate/rules.ts';
import { visible } from '../validate/visible.ts';

/** Options of `blixt validate`, read. */
export interface ValidateOptions {
  readonly output: 'human' | 'json' | 'sarif' | 'github';
  readonly references: References;
  readonly failOn: 'error' | 'warning';
  readonly namespace: string;
  readonly ignore: readonly string[];
}

/** How standard input is called in messages. */
const STANDARD_INPUT = '<stdin>';

/** Checks files; prints what is wrong. Returns the exit code. */
export async function validateFiles(
  paths: readonly string[],
  options: ValidateOptions,
  version: string,
): Promise<number> {
  for (const id of options.ignore) {
    if (ruleInfos.has(id)) continue;
    const known = [...ruleInfos.keys()].join(', ');
    throw new CliError('ERR_OPTION', `--ignore ${id}: expected one of ${known}.`, ExitCode.usage);
  }
  const inputs: (string | ManifestText)[] = [];
  for (const path of new Set(paths))
    inputs.push(path === '-' ? { file: STANDARD_INPUT, text: await readStandardInput() } : path);
  const report = lint(inputs, options);
  if (report.files.size === 0 && report.unreadable.length === 0) {
    const message = `${paths.join(', ')}: found no file named *.yaml, *.yml or *.json; give files, or folders with such files.`;
    throw new CliError('ERR_USAGE', message, ExitCode.usage);
  }
  for (const { message, code } of report.unreadable)
    process.stderr.write(`blixt: ${visible(message)} [${code}]\n`);
  process.stdout.write(print(report, options, version));
  if (report.unreadable.length > 0) return ExitCode.usage;
  const failing = report.errors + (options.failOn === 'warning' ? report.warnings : 0);
  return failing > 0 ? ExitCode.failed : ExitCode.ok;
}

function print(report: LintReport, { output }: ValidateOptions, version: string): string {
  switch (output) {
    case 'json':
      return printJson(report);
    case 'sarif':
      return printSarif(report, { version, directory: process.cwd() });
    case 'github':
      return printGithub(report);
    case 'human':
      return printHuman(report, paint);
  }
}

const styles = { error: 'red', warning: 'yellow', strong: 'bold', dim: 'dim' } as const;

/** Colours on a terminal, unless NO_COLOR asks for none. */
const paint: Paint = (style, text) => styleText(styles[style], text, { stream: process.stdout });
