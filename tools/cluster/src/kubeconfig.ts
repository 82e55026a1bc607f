import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { ApiAccess } from './api-client.ts';

/** The text of a kubeconfig file for kubectl and every client library. */
function kubeconfig({ url, token, certificateAuthority }: ApiAccess): string {
  const name = 'blixt';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
        },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** Writes a kubeconfig file, which only its owner may read; gives back its path. */
export function writeKubeconfig(path: string, access: ApiAccess): string {
  writeFileSync(path, kubeconfig(access), { mode: 0o600 });
  return path;
}
