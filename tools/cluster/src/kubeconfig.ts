import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { ApiAccess } from './api-client.ts';

/** The text of a kubeconfig file for kubectl and every client library. */
function kubeconfig({ url, token, certificateAuthority }: ApiAccess, namespace?: string): string {
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
    contexts: [
      { name, context: { cluster: name, user: name, ...(namespace !== undefined && { namespace }) } },
    ],
    'current-context': name,
  });
}

/**
 * Writes a kubeconfig file, which only its owner may read; gives back its path.
 *
 * @param namespace - of what is asked for without one. Default: `default`.
 */
export function writeKubeconfig(path: string, access: ApiAccess, namespace?: string): string {
  writeFileSync(path, kubeconfig(access, namespace), { mode: 0o600 });
  return path;
}
