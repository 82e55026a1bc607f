import { generateKeyPairSync, randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiAccess } from './api-client.ts';
import { Daemon } from './daemon.ts';
import { ETCD_URL } from './etcd.ts';
import { type Identity, identity, tokenFile } from './identity.ts';

const PORT = 6443;
const CERTIFICATES = 'certificates';
/** What service accounts' tokens are signed with, in the control plane's directory. */
export const SERVICE_ACCOUNT_KEY = 'service-account.key';
/** The API server's certificate with the authority that signed it, in the control plane's directory. */
export const API_SERVER_CERTIFICATE = `${CERTIFICATES}/apiserver.crt`;

/**
 * kube-apiserver refuses to publish a loopback address. Nothing connects to the one that it publishes, and it
 * need not be an address of this machine: RFC 5737 keeps this one for documentation.
 */
const ADVERTISED_ADDRESS = '192.0.2.1';

/** Where an API server is, when nodes are to reach it, and whom it knows beside the administrator. */
export interface ApiServerSite {
  /** An address of this machine that nodes reach; it is published as that of the Service `kubernetes`. */
  readonly address: string;
  readonly identities: readonly Identity[];
}

/** The range of Services' addresses of each family. */
export const SERVICE_RANGES = ['10.96.0.0/16', 'fd00:96::/108'] as const;

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

/** Starts kube-apiserver in the working directory of etcd, for this machine alone when there is no site. */
export function startKubeApiServer(
  binary: string,
  directory: string,
  site?: ApiServerSite,
): StartedApiServer {
  const admin = identity('admin', ['system:masters']);
  const tokens = tokenFile([admin, ...(site?.identities ?? [])]);
  writeFileSync(join(directory, 'tokens.csv'), tokens, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(join(directory, SERVICE_ACCOUNT_KEY), privateKey, { mode: 0o600 });
  writeFileSync(join(directory, 'service-account.pub'), publicKey);
  const address = site?.address ?? loopbackAddress();
  const args = [
    `--etcd-servers=${ETCD_URL}`,
    `--bind-address=${address}`,
    `--secure-port=${PORT}`,
    ...(site === undefined
      ? [`--advertise-address=${ADVERTISED_ADDRESS}`, '--endpoint-reconciler-type=none']
      : [`--advertise-address=${address}`, '--kubelet-preferred-address-types=InternalIP']),
    // It makes its own certificate, which holds its address, and the authority that signed it.
    `--cert-dir=${CERTIFICATES}`,
    `--service-cluster-ip-range=${SERVICE_RANGES.join(',')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${SERVICE_ACCOUNT_KEY}`,
    '--service-account-key-file=service-account.pub',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
  ];
  const daemon = new Daemon({ name: 'kube-apiserver', command: binary, args, directory });
  return { daemon, url: `https://${address}:${PORT}`, token: admin.token };
}

/** How to reach a started API server, as soon as it has made its certificate; undefined until then. */
export function accessOf({ url, token }: StartedApiServer, directory: string): ApiAccess | undefined {
  const certificate = join(directory, API_SERVER_CERTIFICATE);
  if (!existsSync(certificate)) return undefined;
  const certificateAuthority = readFileSync(certificate, 'utf8');
  // The key is written after the certificate: until it is there, the certificate may be half written.
  const key = join(directory, CERTIFICATES, 'apiserver.key');
  return existsSync(key) ? { url, token, certificateAuthority } : undefined;
}
