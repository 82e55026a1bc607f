/** Something that the user of the generator can put right: shown without a stack. */
export class CodegenError extends Error {
  override readonly name = 'CodegenError';
}
