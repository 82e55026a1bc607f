import { stringify } from 'yaml';
import type { ApiAccess } from './api-client.ts';

/** The text of a kubeconfig file for kubectl and every client library. */
export function kubeconfig({ url, token, certificateAuthority }: ApiAccess): string {
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
