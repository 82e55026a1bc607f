import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** How many answers are kept unless told otherwise. */
const CAPACITY = 4096;

/**
 * Tells whether certificates and private keys belong together. An answer is kept until the text of one of the
 * two changes (as digest: no key is kept), so that asking again costs a digest and no cryptography.
 */
export class KeyPairCheck {
  readonly #capacity: number;
  readonly #answers = new Map<string, string | undefined>();

  /** @param capacity - how many answers to keep; the oldest goes */
  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /**
   * Checks that the certificate (of a chain, the first) and the private key can be read, and that the one was
   * made for the other. A certificate that has expired is not refused: whoever holds one is better served by
   * a listener whose clients complain than by none.
   *
   * @param certificatePem - one certificate or more, in PEM (RFC 7468)
   * @param keyPem - a private key in PEM, not encrypted
   * @returns why the pair is not valid, without any of the key; undefined when it is
   */
  readonly check = (certificatePem: string, keyPem: string): string | undefined => {
    const digest = createHash('sha256').update(certificatePem).update('\0').update(keyPem).digest('base64');
    if (this.#answers.has(digest)) return this.#answers.get(digest);
    const answer = problemOf(certificatePem, keyPem);
    if (this.#answers.size >= this.#capacity) {
      const [oldest] = this.#answers.keys();
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    this.#answers.set(digest, answer);
    return answer;
  };
}

/** What the libraries say about a text is left out: it may quote the text. */
function problemOf(certificatePem: string, keyPem: string): string | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certificatePem);
  } catch {
    return 'tls.crt: expected an X.509 certificate in PEM, which this is not';
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(keyPem);
  } catch {
    return keyPem.includes('ENCRYPTED')
      ? 'tls.key: the private key is encrypted, and there is no passphrase for it'
      : 'tls.key: expected a private key in PEM, which this is not';
  }
  return certificate.checkPrivateKey(key)
    ? undefined
    : 'tls.key: the private key does not belong to the certificate: their public keys differ';
}
