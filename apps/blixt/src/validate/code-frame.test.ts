import { describe, expect, it } from 'vitest';
import { codeFrame } from './code-frame.ts';

const span = (line: number, column: number, endColumn: number) => ({
  file: 'f.yaml',
  line,
  column,
  endLine: line,
  endColumn,
});

describe('a code frame', () => {
  it('marks the place, between the lines around it', () => {
    expect(codeFrame(['a: 1', 'b:', '  c: 2', 'd: 3', 'e: 4'], span(3, 6, 7))).toBe(
      ['  1 | a: 1', '  2 | b:', '> 3 |   c: 2', '    |      ^', '  4 | d: 3'].join('\n'),
    );
  });

  it('marks the first column', () => {
    expect(codeFrame(['kind: A'], span(1, 1, 5))).toBe(['> 1 | kind: A', '    | ^^^^'].join('\n'));
  });

  it('marks an empty place', () => {
    expect(codeFrame(['a: '], span(1, 4, 4))).toBe(['> 1 | a: ', '    |    ^'].join('\n'));
  });

  it('cuts a long line to what is around the place', () => {
    const line = `{${'"a":1,'.repeat(1000)}"port":0}`;
    const column = line.indexOf('"port"') + 1;
    const [text = '', marks = ''] = codeFrame([line], span(1, column, column + 6)).split('\n');
    expect(text.length).toBeLessThan(200);
    expect(text.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('"port"');
  });

  it('shows nothing of the documents before and after', () => {
    expect(codeFrame(['key: secret', '---', 'a: 1', '---', 'b: 2'], span(3, 4, 5))).toBe(
      ['> 3 | a: 1', '    |    ^'].join('\n'),
    );
  });

  it('shows control characters as such', () => {
    expect(codeFrame(['a: \u{1b}[2Jb'], span(1, 4, 5))).toContain('> 1 | a: \u{fffd}[2Jb');
  });

  it('is for no line that is not there', () => {
    expect(codeFrame([], span(7, 1, 1))).toBe('');
  });
});
