/** `node transfer-client.ts ADDRESS PORT BYTES`: sends so much, prints the SHA-256 of it and the answer. */
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const [host = '', port = '0', bytes = '0'] = process.argv.slice(2);
const hash = createHash('sha256');
const block = randomBytes(1 << 20);
const socket = connect({ host, port: Number(port) });
let left = Number(bytes);
let answer = '';

function send(): void {
  while (left > 0) {
    const chunk = block.subarray(0, Math.min(left, block.length));
    hash.update(chunk);
    left -= chunk.length;
    if (!socket.write(chunk)) {
      socket.once('drain', send);
      return;
    }
  }
  socket.end();
}

socket.setEncoding('utf8');
socket.on('connect', send);
socket.on('data', (chunk: string) => {
  answer += chunk;
});
socket.on('error', (error) => {
  process.stdout.write(JSON.stringify({ error: String(error) }));
  process.exit(1);
});
socket.on('close', () => process.stdout.write(JSON.stringify({ sent: hash.digest('hex'), answer })));
