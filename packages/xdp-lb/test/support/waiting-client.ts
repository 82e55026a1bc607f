/** `node waiting-client.ts ADDRESS PORT`: asks once, prints what it hears, and at last the error that ended it. */
import { connect } from 'node:net';

const [host = '', port = '0'] = process.argv.slice(2);
const socket = connect({ host, port: Number(port) }, () => socket.write('when?'));

socket.on('data', (chunk) => process.stdout.write(chunk));
socket.on('error', ({ message }) => process.stdout.write(`${message}\n`));
socket.on('end', () => process.stdout.write('end\n'));
