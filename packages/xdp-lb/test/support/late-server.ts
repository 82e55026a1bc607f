/** `node late-server.ts NAME PORT MS`: says its name to whoever sends something, and `late` after that time. */
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const [name = '', port = '0', delay = '0'] = process.argv.slice(2);

createServer((socket) => {
  socket.once('data', async () => {
    socket.write(`${name}\n`);
    await setTimeout(Number(delay));
    socket.write('late\n');
  });
  socket.on('error', () => socket.destroy());
}).listen({ port: Number(port), host: '::' }, () => process.stdout.write('ready\n'));
