/** Self-signed X.509 certificates (RFC 5280) for tests, made without anything but node:crypto. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its private key, both in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

/** One DER element: tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const length = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  const size = body.length < 0x80 ? [body.length] : [0x80 | length.length, ...length];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...contents: readonly Buffer[]): Buffer => der(0x30, ...contents);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const utcTime = (date: Date): Buffer =>
  der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const algorithms = {
  // 1.3.101.112, RFC 8410
  ed25519: { pair: () => generateKeyPairSync('ed25519'), digest: null, id: sequence(oid('2b6570')) },
  // ecdsa-with-SHA256, RFC 5758
  ec: {
    pair: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    digest: 'sha256',
    id: sequence(oid('2a8648ce3d040302')),
  },
  // sha256WithRSAEncryption, RFC 8017
  rsa: {
    pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    digest: 'sha256',
    id: sequence(oid('2a864886f70d01010b'), der(0x05)),
  },
} as const;

const pem = (label: string, body: Buffer): string =>
  `-----BEGIN ${label}-----\n${body.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;

/** Makes a key pair with a certificate that is valid until `notAfter`. */
export function keyPair(
  algorithm: keyof typeof algorithms = 'ed25519',
  notAfter = new Date(Date.now() + 86_400_000),
): KeyPair {
  const { pair, digest, id } = algorithms[algorithm];
  const { publicKey, privateKey } = pair();
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('test.example')))));
  const validity = sequence(utcTime(new Date('2020-01-01T00:00:00Z')), utcTime(notAfter));
  const serial = der(0x02, Buffer.from([1]));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(serial, id, name, validity, name, spki);
  const signature = der(0x03, Buffer.from([0]), sign(digest, body, privateKey));
  return {
    certificate: pem('CERTIFICATE', sequence(body, id, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  };
}
