// Makes the mistake that it is called with.
import { BpfMap, u32, u64 } from '../src/index.ts';
import { fuzzHooks } from './hooks.ts';

using map = BpfMap.create({ type: 'percpu_array', key: u32, value: u64, maxEntries: 1 });
fuzzHooks().canary(process.argv[2] ?? 'none', map.fd);
