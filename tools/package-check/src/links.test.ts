import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './packages.ts';

const documents = globSync(['*.md', '{apps,packages,tools}/*/{,*/}*.md'], {
  cwd: ROOT,
  exclude: (path) => ['node_modules', 'build', 'dist', 'coverage'].includes(path),
}).sort();

/** The targets of a document's links that are no URLs, without what follows a `#`. */
function relativeLinks(document: string): readonly string[] {
  const text = readFileSync(join(ROOT, document), 'utf8').replace(/^```.*?^```$/gms, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '');
}

describe('links between the documents of the repository', () => {
  it('are looked for in every package', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'packages/gateway-model/README.md']));
    expect(documents.flatMap(relativeLinks).length).toBeGreaterThan(5);
  });

  it.each(documents)('%s leads to what is there', (document) => {
    const missing = relativeLinks(document).filter(
      (target) => !existsSync(join(ROOT, dirname(document), target)),
    );
    expect(missing).toEqual([]);
  });
});
