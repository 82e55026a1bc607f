// Answers requests by this package. The argument is the form: bytes, codec, or a way to consume a ring buffer.
import { BpfMap } from '../../src/index.ts';
import { type Answer, answerRequests, type Request, settle } from '../answer-requests.ts';
import { runLoop } from '../element-loops.ts';
import { dumpChunks, dumpChunksAsync, loadChunk } from './chunks.ts';
import { dumpEntriesAsync, runOn } from './elements.ts';
import { readMemory, writeMemory } from './memory.ts';
import { useOtherMaps } from './other-maps.ts';
import { drain, receive } from './rings.ts';
import { bytesTable, infoOf, perCpuTable, type Table, trieTable, wordsTable, wordTable } from './tables.ts';

const [form] = process.argv.slice(2);

function runOnTable<K, V>(table: Table<K, V>, request: Request): Answer {
  using _ = table.map;
  return runOn(table, request);
}

function runElements(request: Request): Answer {
  const { type, valueSize } = infoOf(request.id);
  if (form === 'bytes') return runOnBytes(request);
  if (type === 'lpm_trie') return runOnTable(trieTable(request.id), request);
  if (type.startsWith('percpu_')) return runOnTable(perCpuTable(request.id), request);
  return valueSize === 8
    ? runOnTable(wordTable(request.id), request)
    : runOnTable(wordsTable(request.id), request);
}

function runOnBytes(request: Request): Answer {
  const table = bytesTable(request.id);
  using map = table.map;
  if (request.operation === 'dump') return dumpChunks(map);
  if (request.operation === 'load') return loadChunk(map, request);
  return runOn(table, request);
}

async function dumpAsync({ id }: Request): Promise<Answer> {
  if (form === 'codec, async') {
    const table = wordTable(id);
    using _ = table.map;
    return await dumpEntriesAsync(table);
  }
  using map = BpfMap.openById(id, { codec: 'bytes' });
  return await dumpChunksAsync(map);
}

/** Values are written to a buffer of the caller's, as in C. */
function runOnBuffer(request: Request): Answer {
  const { map, form } = bytesTable(request.id);
  using _ = map;
  const target = new Uint8Array(map.info.valueSize);
  const elements = {
    get: (key: Uint8Array) => (map.getInto(key, target) ? target : undefined),
    set: map.set.bind(map),
    delete: map.delete.bind(map),
    [Symbol.iterator]: map[Symbol.iterator].bind(map),
  };
  const answer = runLoop(elements, form, map.info.maxEntries, request);
  if (answer === undefined) throw new Error(`there is no operation ${request.operation}`);
  return answer;
}

await answerRequests(async (request) => {
  if (form === 'mixed') useOtherMaps();
  settle(request);
  if (form === 'into') return runOnBuffer(request);
  if (form === 'bytes' || form === 'codec' || form === 'mixed') {
    if (request.operation !== 'read' && request.operation !== 'write') return runElements(request);
  }
  if (form === 'bytes, async' || form === 'codec, async') return await dumpAsync(request);
  using map = BpfMap.openById(request.id, { codec: 'bytes' });
  switch (form) {
    case 'callback':
    case 'raw':
    case 'iterator':
    case 'batches':
    case 'read':
      return request.operation === 'receive' ? await receive(map, form) : await drain(map, form, request);
    default:
      return request.operation === 'read' ? readMemory(map, request) : writeMemory(map, request);
  }
});
