/** What a Secret of type `kubernetes.io/tls` has to hold (RFC 7468; Kubernetes, "TLS Secrets"). */

import type { Secret } from '../objects/objects.ts';

/** Checks a certificate chain and a private key, both PEM; the answer is why they are no pair, if they are none. */
export type KeyPairCheck = (certificatePem: string, keyPem: string) => string | undefined;

const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const privateKey = /^(?:RSA |EC |ENCRYPTED )?PRIVATE KEY$/;

/** DER of certificates and keys is a SEQUENCE (tag 0x30) that is as long as it says. */
function isSequence(body: string): boolean {
  const text = body.replace(/\s/g, '');
  if (!base64.test(text) || text === '') return false;
  const der = atob(text);
  if (der.charCodeAt(0) !== 0x30) return false;
  const first = der.charCodeAt(1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  let length = lengthBytes === 0 ? first : 0;
  for (let index = 0; index < lengthBytes; index += 1) length = length * 256 + der.charCodeAt(2 + index);
  return der.length === 2 + lengthBytes + length;
}

/** What is wrong with the structure of a certificate chain and a private key, or undefined when it is right. */
export const checkPemStructure: KeyPairCheck = (certificatePem, keyPem) => {
  const certificates = [...certificatePem.matchAll(block)];
  if (certificates.length === 0) return 'tls.crt: expected a certificate in PEM, found no PEM block';
  for (const [, label = '', body = ''] of certificates) {
    if (label !== 'CERTIFICATE') return `tls.crt: expected CERTIFICATE, got a PEM block ${label}`;
    if (!isSequence(body)) return 'tls.crt: a PEM block is no DER structure';
  }
  const keys = [...keyPem.matchAll(block)].filter(([, label = '']) => label !== 'EC PARAMETERS');
  const [key] = keys;
  if (!key || keys.length > 1)
    return `tls.key: expected one private key in PEM, found ${keys.length} PEM blocks`;
  const [, label = '', body = ''] = key;
  if (!privateKey.test(label)) return `tls.key: expected PRIVATE KEY, got a PEM block ${label}`;
  if (label === 'ENCRYPTED PRIVATE KEY') return 'tls.key: the private key is encrypted';
  return isSequence(body) ? undefined : 'tls.key: the PEM block is no DER structure';
};

/** A value of the Secret as text: `stringData` goes before `data`, as in the API server. */
function secretText({ data, stringData }: Secret, key: string): string | undefined {
  const plain = stringData && Object.hasOwn(stringData, key) ? stringData[key] : undefined;
  if (plain !== undefined) return plain;
  const encoded = data && Object.hasOwn(data, key) ? data[key] : undefined;
  if (encoded === undefined) return undefined;
  const text = encoded.replace(/\s/g, '');
  return base64.test(text) ? atob(text) : undefined;
}

function inspect(secret: Secret, check: KeyPairCheck | undefined): string | undefined {
  const [certificate, key] = [secretText(secret, 'tls.crt'), secretText(secret, 'tls.key')];
  if (!certificate) return 'expected tls.crt in base64, which is missing, empty or not base64';
  if (!key) return 'expected tls.key in base64, which is missing, empty or not base64';
  return checkPemStructure(certificate, key) ?? check?.(certificate, key);
}

/** Answers, by Secret: objects are never changed in place, and many listeners share one. */
const known = new WeakMap<KeyPairCheck, WeakMap<Secret, { readonly problem: string | undefined }>>();

/** Why a Secret holds no valid key pair, or undefined when it does. Asked again about one Secret: O(1). */
export function keyPairProblem(secret: Secret, check: KeyPairCheck | undefined): string | undefined {
  const by = check ?? checkPemStructure;
  let answers = known.get(by);
  if (!answers) {
    answers = new WeakMap();
    known.set(by, answers);
  }
  let answer = answers.get(secret);
  if (!answer) {
    answer = { problem: inspect(secret, check) };
    answers.set(secret, answer);
  }
  return answer.problem;
}
