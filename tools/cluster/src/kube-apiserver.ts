import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiAccess } from './api-client.ts';
import { Daemon } from './daemon.ts';
import { ETCD_URL } from './etcd.ts';

const PORT = 6443;
const CERTIFICATES = 'certificates';

/**
 * kube-apiserver refuses to publish a loopback address. Nothing connects to the one that it publishes, and it
 * need not be an address of this machine: RFC 5737 keeps this one for documentation.
 */
const ADVERTISED_ADDRESS = '192.0.2.1';

/** A kube-apiserver that was started, not yet ready. */
export interface StartedApiServer {
  readonly daemon: Daemon;
  readonly url: string;
  readonly token: string;
}

/**
 * An address that nobody uses: the whole of 127.0.0.0/8 is this machine, so that each API server can have the
 * usual port, at an address of its own, and none takes a port that another process was about to get.
 */
function loopbackAddress(): string {
  return `127.${randomInt(64, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

/** Starts kube-apiserver in the working directory of etcd. */
export function startKubeApiServer(binary: string, directory: string): StartedApiServer {
  const token = randomBytes(24).toString('hex');
  writeFileSync(join(directory, 'tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(join(directory, 'service-account.key'), privateKey, { mode: 0o600 });
  writeFileSync(join(directory, 'service-account.pub'), publicKey);
  const address = loopbackAddress();
  const args = [
    `--etcd-servers=${ETCD_URL}`,
    `--bind-address=${address}`,
    `--secure-port=${PORT}`,
    `--advertise-address=${ADVERTISED_ADDRESS}`,
    '--endpoint-reconciler-type=none',
    // It makes its own certificate, which holds its address, and the authority that signed it.
    `--cert-dir=${CERTIFICATES}`,
    '--service-cluster-ip-range=10.96.0.0/16,fd00:96::/108',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-signing-key-file=service-account.key',
    '--service-account-key-file=service-account.pub',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
  ];
  const daemon = new Daemon({ name: 'kube-apiserver', command: binary, args, directory });
  return { daemon, url: `https://${address}:${PORT}`, token };
}

/** How to reach a started API server, as soon as it has made its certificate; undefined until then. */
export function accessOf({ url, token }: StartedApiServer, directory: string): ApiAccess | undefined {
  const certificate = join(directory, CERTIFICATES, 'apiserver.crt');
  if (!existsSync(certificate)) return undefined;
  const certificateAuthority = readFileSync(certificate, 'utf8');
  // The key is written after the certificate: until it is there, the certificate may be half written.
  const key = join(directory, CERTIFICATES, 'apiserver.key');
  return existsSync(key) ? { url, token, certificateAuthority } : undefined;
}
