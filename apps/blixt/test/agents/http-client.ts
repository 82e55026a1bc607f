/**
 * An HTTP client: sends requests of different sorts to one address, each over a connection of its own, and checks
 * the answers. Arguments: ORIGIN COUNT; 0 is for ever. Prints an {@link HttpReport} as a line of JSON every 200 ms and
 * at the end.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What came of the requests until now. */
export interface HttpReport {
  /** How many answers came from which server. */
  readonly answers: Readonly<Record<string, number>>;
  /** Who answered last. */
  readonly last: string;
  /** How many requests failed, by reason. */
  readonly failed: Readonly<Record<string, number>>;
}

const [origin = '', count = '0'] = process.argv.slice(2);
const SORTS = [
  { method: 'GET', url: '/', bytes: 0 },
  { method: 'POST', url: '/deep/path?query=1', bytes: 100_000 },
  { method: 'DELETE', url: '/other', bytes: 0 },
];
const answers: Record<string, number> = {};
const failed: Record<string, number> = {};
let last = '';
const report = (): void => console.log(JSON.stringify({ answers, last, failed } satisfies HttpReport));

function ask({ method, url, bytes }: (typeof SORTS)[number]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const agent = new Agent({ keepAlive: false });
  const headers = { Host: 'shop.example', 'Content-Length': bytes };
  const sent = request(`${origin}${url}`, { method, agent, headers, timeout: 5_000 }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => {
      const answer = JSON.parse(text);
      const isRight = answer.method === method && answer.url === url && answer.bytes === bytes;
      if (isRight) resolve(answer.name);
      else reject(new Error(`wrong answer: ${text}`));
    });
  });
  sent.on('error', reject).on('timeout', () => sent.destroy(new Error('timeout')));
  sent.end('x'.repeat(bytes));
  return promise;
}

const timer = setInterval(report, 200);
for (let round = 0; count === '0' || round < Number(count); round += 1) {
  const sort = SORTS[round % SORTS.length];
  if (sort === undefined) break;
  try {
    last = await ask(sort);
    answers[last] = (answers[last] ?? 0) + 1;
  } catch (error) {
    const reason = error instanceof Error ? (Reflect.get(error, 'code') ?? error.message) : String(error);
    failed[reason] = (failed[reason] ?? 0) + 1;
  }
  if (count === '0') await sleep(20);
}
clearInterval(timer);
report();
