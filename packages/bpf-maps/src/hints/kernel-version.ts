import { release } from 'node:os';

/** Major and minor number of a version such as `6.18.44-generic`. */
function numbers(version: string): [major: number, minor: number] {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}

/** Is a kernel, by default the one that runs, older than `since`, such as `5.11`? */
export function isOlder(since: string, kernel: string = release()): boolean {
  const [major, minor] = numbers(kernel);
  const [sinceMajor, sinceMinor] = numbers(since);
  return major < sinceMajor || (major === sinceMajor && minor < sinceMinor);
}
