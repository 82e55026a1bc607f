/**
 * A backend of the lab: `node server.ts NAME TCP_PORT UDP_PORT`.
 *
 * - TCP: sends `NAME\n` as soon as a client connects, then every line back as it came; connections may live long.
 * - UDP: answers each datagram with `NAME:` and its payload.
 *
 * It listens on `::`, so on IPv4 as well, and prints `ready` when both sockets are open.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const [name = 'server', tcpPort = '8080', udpPort = '8053'] = process.argv.slice(2);

const tcp = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.write(`${name}\n`);
  socket.pipe(socket);
});

const udp = createSocket({ type: 'udp6', ipv6Only: false });
udp.on('message', (payload, peer) => {
  udp.send(Buffer.concat([Buffer.from(`${name}:`), payload]), peer.port, peer.address);
});

let listening = 0;
const onListening = (): void => {
  listening += 1;
  if (listening === 2) process.stdout.write('ready\n');
};
tcp.listen({ port: Number(tcpPort), host: '::', backlog: 1024 }, onListening);
udp.bind({ port: Number(udpPort), address: '::' }, onListening);
