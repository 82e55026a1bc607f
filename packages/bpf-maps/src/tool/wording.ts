/** What the library advises to programs, and what that is on the command line. */
const WORDS: ReadonlyArray<readonly [program: string, command: string]> = [
  ['listMaps() tells', "'bpf-maps list' shows"],
  ['which RingBuffer reads', "which 'bpf-maps events' shows"],
  ['take() its elements one by one', "'bpf-maps pop' takes its elements one by one"],
  ['take() removes its next element', "'bpf-maps pop' removes its next element"],
  ['contains(value) tells', "'bpf-maps get' tells"],
];

/** A text of the library's, for those who type commands. */
export function commandWords(text: string): string {
  return WORDS.reduce((said, [program, command]) => said.replace(program, command), text);
}
