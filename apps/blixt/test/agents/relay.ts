/** A TCP relay on loopback: whoever ends or stops it cuts its clients off. Arguments: PORT HOST TARGET-PORT. */
import { connect, createServer, type Socket } from 'node:net';

const [port = '', host = '', target = ''] = process.argv.slice(2);

createServer((client) => {
  const server = connect(Number(target), host);
  const end = (socket: Socket) => (): void => void socket.destroy();
  client.on('error', end(server)).on('close', end(server));
  server.on('error', end(client)).on('close', end(client));
  client.pipe(server).pipe(client);
}).listen(Number(port), '127.0.0.1', () => console.log('listening'));
