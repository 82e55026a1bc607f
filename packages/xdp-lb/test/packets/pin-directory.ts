/**
 * Vitest's global set-up: a place in bpffs where the first test file that needs the programs pins them, because
 * to load them takes the verifier seconds. It goes when the tests are over.
 */
import { Lab } from '@blixt/lab';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly packetTestPins: string;
  }
}

export default function setUp(project: TestProject): () => void {
  const lab = new Lab();
  project.provide('packetTestPins', lab.pinDirectory);
  return () => lab.dispose();
}
