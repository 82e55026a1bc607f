import { BtfError, toTypeScript } from '../index.ts';
import { onlyReference, openReference } from './map-reference.ts';
import type { Output } from './output.ts';

/** `types`: TypeScript that declares what keys and values are. */
export async function types(output: Output, words: readonly string[]): Promise<void> {
  using map = openReference(onlyReference(words));
  try {
    await output.write(toTypeScript(map));
  } catch (error) {
    if (!(error instanceof BtfError) || error.code !== 'ERR_BPF_NO_BTF') throw error;
    // The library's advice is for programs.
    const { id, type } = map.info;
    throw new BtfError(
      error.code,
      `map ${id} is of type ${type} and has no BTF that describes its keys and values: there are no types to print`,
    );
  }
}
