import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkPemStructure } from './key-pair.ts';

const block = (label: string, body = 'MAMCAQE=') =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const certificate = block('CERTIFICATE');
const key = block('PRIVATE KEY');

describe('the structure of a certificate and its key (RFC 7468)', () => {
  it.each([
    ['a certificate and a key', certificate, key],
    ['a chain', certificate + certificate, key],
    ['text around the blocks', `subject=CN=a\n${certificate}`, key],
    ['a key of PKCS #1', certificate, block('RSA PRIVATE KEY')],
    [
      'a key of SEC 1, with its parameters before',
      certificate,
      block('EC PARAMETERS') + block('EC PRIVATE KEY'),
    ],
  ])('%s: right', (_, crt, pem) => {
    expect(checkPemStructure(crt, pem)).toBeUndefined();
  });

  it.each(['rsa', 'ec', 'ed25519'] as const)('an %s key as OpenSSL writes it: right', (type) => {
    const { privateKey } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : type === 'ec'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(checkPemStructure(certificate, pem)).toBeUndefined();
  });

  it.each([
    ['no certificate', 'hello', key, 'tls.crt'],
    ['a public key instead', block('PUBLIC KEY'), key, 'PUBLIC KEY'],
    ['a certificate that is no base64', block('CERTIFICATE', 'MAMCAQ'), key, 'no DER'],
    ['a certificate that is cut off', block('CERTIFICATE', 'MAMCAQ=='), key, 'no DER'],
    ['a certificate that is no SEQUENCE', block('CERTIFICATE', 'AgEB'), key, 'no DER'],
    ['no key', certificate, '', 'found 0 PEM blocks'],
    ['two keys', certificate, key + key, 'found 2 PEM blocks'],
    ['an encrypted key', certificate, block('ENCRYPTED PRIVATE KEY'), 'encrypted'],
    ['a certificate as key', certificate, certificate, 'expected PRIVATE KEY'],
  ])('%s: wrong', (_, crt, pem, problem) => {
    expect(checkPemStructure(crt, pem)).toContain(problem);
  });
});
