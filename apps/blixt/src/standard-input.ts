import { text } from 'node:stream/consumers';

/** Everything that standard input has, to its end. */
export async function readStandardInput(): Promise<string> {
  return text(process.stdin);
}
