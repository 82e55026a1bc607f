import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, Logger, LogLevel, type TypeDocOptions } from 'typedoc';
import { describe, expect, it } from 'vitest';
import { publishedPackages, ROOT } from './packages.ts';

/** What `npm run docs` asks of each package. */
const { packageOptions }: { readonly packageOptions: Partial<TypeDocOptions> } = JSON.parse(
  readFileSync(join(ROOT, 'typedoc.json'), 'utf8'),
);

/** Keeps what TypeDoc complains of. */
class Complaints extends Logger {
  readonly messages: string[] = [];

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.messages.push(message);
  }
}

/** Everything that TypeDoc says is missing or wrong in the API reference of a package. */
async function complaintsAbout(folder: string): Promise<readonly string[]> {
  const options: Partial<TypeDocOptions> = {
    ...packageOptions,
    entryPoints: [join(folder, 'src/index.ts')],
    tsconfig: join(folder, 'tsconfig.json'),
    readme: 'none',
  };
  // No readers: settings in files of the current folder are none of this.
  const app = await Application.bootstrap(options, []);
  const complaints = new Complaints();
  app.logger = complaints;
  const project = await app.convert();
  if (project === undefined)
    throw new Error(`TypeDoc could not read ${folder}: ${complaints.messages.join('; ')}`);
  app.validate(project);
  return complaints.messages;
}

describe.each(publishedPackages)('the API reference of $name', ({ folder }) => {
  it('documents every export and every member of it, and its links lead somewhere', async () => {
    expect(await complaintsAbout(join(ROOT, folder))).toEqual([]);
  });
});
