import { CliError, ExitCode } from './errors.ts';

/** More than the objects of any cluster, and less than a text may have. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * Everything that standard input has, to its end.
 *
 * @throws CliError `ERR_INPUT` when it has more than 256 MiB: it may have no end
 */
export async function readStandardInput(
  input: AsyncIterable<Uint8Array> = process.stdin,
  maxBytes = MAX_BYTES,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      const message = `standard input has more than ${maxBytes} bytes, which is as much as is read; split it.`;
      throw new CliError('ERR_INPUT', message, ExitCode.usage);
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
