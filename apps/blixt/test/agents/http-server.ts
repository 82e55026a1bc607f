/** An HTTP server: answers every request with its name and what it got. Arguments: NAME PORT. */
import { createServer } from 'node:http';

const [name = '', port = ''] = process.argv.slice(2);

createServer(async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end(JSON.stringify({ name, method: request.method, url: request.url, bytes }));
}).listen(Number(port), '::', () => console.log('listening'));
