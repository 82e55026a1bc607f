import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternError, translatePattern } from './regexp.ts';

describe('a pattern of RE2 in JavaScript', () => {
  it.each([
    ['^a.b$', '^a[^\\n]b$', 'u'],
    ['a\\.b\\-c', 'a\\.b-c', 'u'],
    ['[-a-z]', '[\\-a-z]', 'u'],
    ['[a-z-]', '[a-z\\-]', 'u'],
    ['[+\\-.]', '[+\\-.]', 'u'],
    ['[^:/?#]+', '[^:\\/?#]+', 'u'],
    ['\\x60', '\\x60', 'u'],
    ['\\d\\s\\w', '[0-9][\\t\\n\\f\\r ][0-9A-Za-z_]', 'u'],
    ['[\\d]', '[0-9]', 'u'],
    ['(?:a|b){1,4}', '(?:a|b){1,4}', 'u'],
    ['a{x}', 'a\\{x\\}', 'u'],
    ['[]a]', '[\\]a]', 'u'],
    ['(?i)a', 'a', 'iu'],
    ['^(?i)a', '^a', 'iu'],
  ])('%s becomes %s with %s', (pattern, source, flags) => {
    const translated = translatePattern(pattern);
    expect([translated.source, translated.flags]).toEqual([source, flags]);
  });

  it.each([
    'a(?i)b',
    '(?s).',
    '(?P<n>a)',
    '(?=a)',
    '\\b',
    '\\pL',
    '[[:alpha:]]',
    '\\A',
    '(?i)\\w',
    '[a',
    '(',
  ])('%s is refused', (pattern) => {
    expect(() => translatePattern(pattern)).toThrow(PatternError);
  });
});

/** Every kind of construct that Gateway API's patterns have. */
const patterns = [
  '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
  '^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$',
  '^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?',
  "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$",
  '(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)',
  '^([0-9]{1,5}(h|m|s|ms)){1,4}$',
  "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$",
  '[^a]',
  '\\s',
  'a.b',
];

const program = `package main
import ("encoding/json"; "fmt"; "os"; "regexp")
func main() {
	var input struct { Patterns, Texts []string }
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil { panic(err) }
	for _, pattern := range input.Patterns {
		compiled := regexp.MustCompile(pattern)
		for _, text := range input.Texts { if compiled.MatchString(text) { fmt.Print(1) } else { fmt.Print(0) } }
	}
}
`;

describe('a translated pattern matches what Go matches', () => {
  it('on texts of any characters', () => {
    const pieces = [
      ...'aAzZkKsS019.-*/:#?%_ \n\t\u2028\u017f\u212a\u00e9😀',
      'http://',
      'ms',
      '%2f',
      'a\nb',
      '1h',
    ];
    const texts = fc
      .sample(
        fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 2 })), {
          maxLength: 6,
        }),
        { numRuns: 2000, seed: 36 },
      )
      .map((parts) => parts.join(''))
      .concat('1h30ms', 'http://a.test:80', 'a.b', 'HTTP');
    const folder = mkdtempSync(join(tmpdir(), 'blixt-re2-'));
    try {
      const file = join(folder, 'main.go');
      writeFileSync(file, program);
      const input = JSON.stringify({ Patterns: patterns, Texts: texts });
      const { stdout, stderr } = spawnSync('go', ['run', file], { input, encoding: 'utf8', maxBuffer: 1e8 });
      expect(stderr).toBe('');
      const ours = patterns.map((pattern) => {
        const translated = translatePattern(pattern);
        return texts.map((text) => (translated.test(text) ? '1' : '0')).join('');
      });
      expect(ours.join('')).toBe(stdout);
      // Both answers occur for every pattern.
      for (const answers of ours) expect(new Set(answers)).toEqual(new Set('01'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
