import { checkManifests } from '@blixt/controller';
import { ExitCode } from '../errors.ts';

/** Checks files; prints what is wrong, one problem a line, as `file:line:column: object: path: reason`. */
export function validateFiles(paths: readonly string[]): number {
  const { files, objects, problems, ignored } = checkManifests(paths);
  for (const { apiVersion, kind, position } of ignored) {
    const { file, line, column } = position;
    process.stderr.write(
      `${file}:${line}:${column}: warning: ${apiVersion} ${kind} is not used by blixt and is ignored\n`,
    );
  }
  for (const problem of problems) process.stderr.write(`${problem.message} [${problem.code}]\n`);
  const summary = `${count(files, 'file')}, ${count(objects.size, 'valid object')}, ${count(problems.length, 'problem')}`;
  process.stdout.write(`${summary}\n`);
  return problems.length > 0 ? ExitCode.failed : ExitCode.ok;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
