import { readFileSync } from 'node:fs';

/** An example of a README: a block of TypeScript, and the block of text after it, which is what it prints. */
export interface ReadmeExample {
  /** The heading above it. */
  readonly title: string;
  readonly code: string;
  /** undefined when no block of text follows before the next example. */
  readonly prints: string | undefined;
}

/** Every `ts` block of a README, in order. */
export function readmeExamples(file: string): readonly ReadmeExample[] {
  const readme = readFileSync(file, 'utf8');
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ 1: language, 2: text, index }) => ({
    language,
    text: text ?? '',
    title: [...readme.slice(0, index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '',
  }));
  return blocks.flatMap(({ language, text, title }, index) => {
    if (language !== 'ts') return [];
    const next = blocks[index + 1];
    return [{ title, code: text, prints: next?.language === 'text' ? next.text : undefined }];
  });
}
