/** Validation against the examples, good and bad, that the Gateway API release itself ships. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { moduleDirectory, pinnedRelease } from '../scripts/release.ts';
import { GatewayApiKind, modelKinds, validate } from '../src/index.ts';

const root = moduleDirectory(pinnedRelease());

interface Example {
  readonly title: string;
  readonly object: { readonly kind: string };
}

function examples(folder: string, kinds: readonly string[]): Example[] {
  const directory = join(root, folder);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yaml'),
  );
  return files.sort().flatMap((file) =>
    parseAllDocuments(readFileSync(join(directory, file), 'utf8')).flatMap((document) => {
      const object = document.toJS();
      return kinds.includes(object?.kind)
        ? [{ title: `${file}: ${object.kind} ${object.metadata?.name}`, object }]
        : [];
    }),
  );
}

const allKinds = [...modelKinds.keys()];

describe('the examples of the Gateway API release are valid', () => {
  const found = examples('examples/standard', allKinds);

  it('there are some of every kind of Gateway API', () => {
    const kinds = new Set(found.map(({ object }) => object.kind));
    expect(Object.keys(GatewayApiKind).filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it.each(found)('$title', ({ object }) => {
    expect(validate(object, { namespace: 'default' })).toEqual([]);
  });
});

describe('the invalid examples of the Gateway API release are refused', () => {
  const found = examples('hack/invalid-examples/standard', allKinds);

  it('there are some', () => {
    expect(found.length).toBeGreaterThan(5);
  });

  it.each(found)('$title', ({ object }) => {
    expect(validate(object, { namespace: 'default' })).not.toEqual([]);
  });
});
