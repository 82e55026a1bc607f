import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readStandardInput } from './standard-input.ts';

const pieces = (...chunks: Uint8Array[]): Readable => Readable.from(chunks);

describe('standard input', () => {
  it('is UTF-8, whatever pieces it comes in, without a byte order mark', async () => {
    const bytes = Buffer.from('\uFEFFkind: Gatewäy\n');
    const split = [...bytes].map((byte) => Uint8Array.of(byte));
    await expect(readStandardInput(pieces(...split))).resolves.toBe('kind: Gatewäy\n');
  });

  it('is not read for ever', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield new Uint8Array(1_024);
      })(),
    );
    await expect(readStandardInput(endless, 10_000)).rejects.toMatchObject({
      code: 'ERR_INPUT',
      exitCode: 2,
      message: 'standard input has more than 10000 bytes, which is as much as is read; split it.',
    });
    await expect(readStandardInput(pieces(Buffer.from('four')), 4)).resolves.toBe('four');
  });
});
