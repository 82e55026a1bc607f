/** `node transfer-server.ts NAME PORT`: says the SHA-256 of what a connection sent, and its peer, then closes. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

const [name = '', port = '0'] = process.argv.slice(2);

createServer({ allowHalfOpen: true }, (socket) => {
  const hash = createHash('sha256');
  const peer = socket.remoteAddress ?? '';
  socket.on('data', (chunk) => hash.update(chunk));
  socket.on('end', () => socket.end(JSON.stringify({ name, peer, sha256: hash.digest('hex') })));
  socket.on('error', () => socket.destroy());
}).listen({ port: Number(port), host: '::' }, () => process.stdout.write('ready\n'));
