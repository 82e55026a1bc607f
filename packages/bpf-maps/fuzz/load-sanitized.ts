// Preloaded (--import) into the processes of the fuzzer and their worker threads: the package's sources load the addon
// that BPF_MAPS_FUZZ_ADDON names, whatever they look for.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const { BPF_MAPS_FUZZ_ADDON } = process.env;
if (BPF_MAPS_FUZZ_ADDON === undefined) throw new Error('BPF_MAPS_FUZZ_ADDON is not set');
const url = pathToFileURL(BPF_MAPS_FUZZ_ADDON).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.endsWith('.node')) return { url, shortCircuit: true };
    return nextResolve(specifier, context);
  },
});
