/**
 * A function made from text, for codecs of structs and arrays: a call for each field, and the fields' codecs as
 * constants, so that it can be compiled for this struct alone. A loop over fields would be one code for all structs.
 *
 * @param constants - what the text uses, by name
 * @param text - an expression; what others named is in it only if {@link isFieldName}
 * @param otherwise - what does the same where no code may be made from text (`--disallow-code-generation-from-strings`)
 */
export function generate<F>(constants: Readonly<Record<string, unknown>>, text: string, otherwise: F): F {
  try {
    const make = new Function(...Object.keys(constants), `'use strict'; return ${text};`);
    return make(...Object.values(constants));
  } catch (error) {
    if (error instanceof EvalError) return otherwise;
    throw error;
  }
}

const NAME = /^[A-Za-z_$][\w$]*$/;

/** Is it a name as C has them, which an object's text may have? There, `__proto__` would not be a field. */
export function isFieldName(name: string): boolean {
  return NAME.test(name) && name !== '__proto__';
}
