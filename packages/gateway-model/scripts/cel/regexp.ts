/**
 * Translates RE2 patterns (as Go's `regexp` reads them) to JavaScript regular expressions that match the
 * same texts. What has no exact translation is refused.
 */

/** A pattern that cannot be translated. */
export class PatternError extends Error {}

const PUNCTUATION = /^[!-/:-@[-`{-~]$/;

/** Characters that must be escaped in JavaScript's `u` mode, outside of a class. */
const SYNTAX = new Set([...'^$\\.*+?()[]{}|/']);
const CLASS_SYNTAX = new Set([...'\\]^-[/']);

/** Perl classes, written out: JavaScript's `\s` and, ignoring case, `\w` are wider than RE2's. */
const PERL_CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  s: '\\t\\n\\f\\r ',
  w: '0-9A-Za-z_',
};

const CONTROL: Readonly<Record<string, string>> = {
  t: '\\t',
  n: '\\n',
  r: '\\r',
  f: '\\f',
  v: '\\v',
  a: '\\x07',
};

class Translator {
  readonly #pattern: string;
  readonly #characters: readonly string[];
  #at = 0;
  #ignoreCase = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = [...pattern];
  }

  translate(): RegExp {
    let source = '';
    while (this.#at < this.#characters.length) source += this.#next(source);
    try {
      return new RegExp(source, this.#ignoreCase ? 'iu' : 'u');
    } catch (error) {
      throw this.#error(error instanceof Error ? error.message : String(error));
    }
  }

  #error(what: string): PatternError {
    return new PatternError(
      `expected a pattern that JavaScript can match like RE2, got ${what} in ${this.#pattern}`,
    );
  }

  #peek(offset = 0): string {
    return this.#characters[this.#at + offset] ?? '';
  }

  #take(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #rest(): string {
    return this.#characters.slice(this.#at).join('');
  }

  #next(before: string): string {
    const character = this.#take();
    switch (character) {
      case '\\':
        return this.#escape();
      case '[':
        return this.#class();
      case '(':
        return this.#group(before);
      case '.':
        return '[^\\n]';
      case '{':
        return this.#repeat();
      case '}':
      case ']':
        return `\\${character}`;
      case '/':
        return '\\/';
      default:
        return character;
    }
  }

  #escape(): string {
    const character = this.#take();
    const perl = PERL_CLASSES[character.toLowerCase()];
    if (perl) {
      if (this.#ignoreCase) throw this.#error(`\\${character} where case is ignored`);
      return character === character.toLowerCase() ? `[${perl}]` : `[^${perl}]`;
    }
    return this.#literal(character, SYNTAX);
  }

  /** What follows a backslash, as one character. */
  #literal(character: string, syntax: ReadonlySet<string>): string {
    if (character === 'x') {
      const [digits] = /^[0-9a-fA-F]{2}/.exec(this.#rest()) ?? [];
      if (!digits) throw this.#error('\\x without two digits');
      this.#at += 2;
      return `\\x${digits}`;
    }
    const control = CONTROL[character];
    if (control) return control;
    if (!PUNCTUATION.test(character)) throw this.#error(`\\${character}`);
    return syntax.has(character) ? `\\${character}` : character;
  }

  #class(): string {
    let source = '[';
    if (this.#peek() === '^') source += this.#take();
    for (let first = true; ; first = false) {
      const character = this.#take();
      if (character === '') throw this.#error('a class without an end');
      if (character === ']' && !first) return `${source}]`;
      if (character === '[' && this.#peek() === ':') throw this.#error('a class by name');
      if (character === '\\') {
        const perl = PERL_CLASSES[this.#peek()];
        if (perl) {
          if (this.#ignoreCase) throw this.#error(`\\${this.#peek()} where case is ignored`);
          this.#take();
          source += perl;
        } else {
          source += this.#literal(this.#take(), CLASS_SYNTAX);
        }
      } else if (character === '-') {
        // A range, or, at either end of the class, a hyphen.
        const single = first || this.#peek() === ']';
        source += single ? '\\-' : '-';
      } else {
        source += CLASS_SYNTAX.has(character) ? `\\${character}` : character;
      }
    }
  }

  #group(before: string): string {
    if (this.#peek() !== '?') return '(';
    const rest = this.#rest();
    if (rest.startsWith('?:')) {
      this.#at += 2;
      return '(?:';
    }
    // Flags hold for what follows: only where nothing before them has a case are they those of the whole.
    if (rest.startsWith('?i)') && /^\^?$/.test(before)) {
      this.#at += 3;
      this.#ignoreCase = true;
      return '';
    }
    throw this.#error(`(${rest.slice(0, 3)}`);
  }

  /** `{n}`, `{n,}` and `{n,m}` repeat; RE2 takes any other brace literally. */
  #repeat(): string {
    const [repeat] = /^\d+(,\d*)?\}/.exec(this.#rest()) ?? [];
    if (!repeat) return '\\{';
    this.#at += repeat.length;
    return `{${repeat}`;
  }
}

/** The JavaScript regular expression that matches what the RE2 pattern matches. */
export function translatePattern(pattern: string): RegExp {
  return new Translator(pattern).translate();
}
