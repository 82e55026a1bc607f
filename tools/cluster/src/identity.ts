import { randomBytes } from 'node:crypto';

/** Somebody whom the API server knows by a token. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
  readonly token: string;
}

/** Somebody with a new token. */
export const identity = (user: string, groups: readonly string[]): Identity => ({
  user,
  groups,
  token: randomBytes(24).toString('hex'),
});

/** The file of `--token-auth-file`: token, user, uid, and the groups in quotes. */
export const tokenFile = (identities: readonly Identity[]): string =>
  identities.map(({ token, user, groups }) => `${token},${user},${user},"${groups.join(',')}"\n`).join('');
