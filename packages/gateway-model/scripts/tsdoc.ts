/** Writes documentation as TSDoc comments. */

/** Text that a comment may hold: what would end it, or start a tag (but `{@link ...}`), is escaped. */
const escapeText = (text: string): string =>
  text.replaceAll('*/', '*\\/').replace(/(^|[\s({])@(?!link )(?=\w)/gm, '$1\\@');

/**
 * A TSDoc comment, each line after `indent`. A paragraph that starts with `Deprecated:`, as Go has it,
 * becomes the tag `@deprecated`.
 *
 * @param tags - further block tags, such as `@defaultValue 1`
 */
export function tsdoc(text: string, indent = '', tags: readonly string[] = []): string {
  const paragraphs = escapeText(text.trim()).split(/\n\s*\n/);
  const isDeprecation = (paragraph: string): boolean => paragraph.startsWith('Deprecated: ');
  const body = paragraphs.filter((paragraph) => paragraph !== '' && !isDeprecation(paragraph)).join('\n\n');
  const deprecations = paragraphs
    .filter(isDeprecation)
    .map((paragraph) => paragraph.replace('Deprecated: ', '@deprecated '));
  const allTags = [...tags, ...deprecations].join('\n');
  const lines = [body, allTags]
    .filter((part) => part !== '')
    .join('\n\n')
    .split('\n');
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}
