import { describe, expect, it } from 'vitest';
import { keyPair } from '../test/certificate.ts';
import { KeyPairCheck } from './key-pair-check.ts';

const { check } = new KeyPairCheck();

describe('KeyPairCheck takes', () => {
  it.each(['ed25519', 'ec', 'rsa'] as const)('a certificate and its %s key', (algorithm) => {
    const { certificate, key } = keyPair(algorithm);
    expect(check(certificate, key)).toBeUndefined();
  });

  it('keys in the older forms of PEM', () => {
    const ec = keyPair('ec');
    const rsa = keyPair('rsa');
    expect(
      check(ec.certificate, ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString()),
    ).toBeUndefined();
    expect(
      check(rsa.certificate, rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()),
    ).toBeUndefined();
  });

  it('a certificate that has expired', () => {
    const { certificate, key } = keyPair('ed25519', new Date('2021-01-01T00:00:00Z'));
    expect(check(certificate, key)).toBeUndefined();
  });

  it('a chain, whose first certificate is that of the key', () => {
    const [leaf, issuer] = [keyPair(), keyPair()];
    expect(check(leaf.certificate + issuer.certificate, leaf.key)).toBeUndefined();
    expect(check(issuer.certificate + leaf.certificate, leaf.key)).toContain('does not belong');
  });
});

describe('KeyPairCheck refuses', () => {
  const { certificate, key, privateKey } = keyPair();
  const encrypted = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();

  it.each([
    ['the key of another certificate', certificate, keyPair().key, 'public keys differ'],
    ['a key of another algorithm', certificate, keyPair('ec').key, 'public keys differ'],
    ['what is no certificate', 'hello', key, 'tls.crt: expected an X.509 certificate'],
    ['a key in the place of the certificate', key, key, 'tls.crt: expected an X.509 certificate'],
    ['what is no key', certificate, 'hello', 'tls.key: expected a private key'],
    ['a certificate in the place of the key', certificate, certificate, 'tls.key: expected a private key'],
    ['an encrypted key', certificate, encrypted, 'tls.key: the private key is encrypted'],
    ['nothing', '', '', 'tls.crt: expected an X.509 certificate'],
  ])('%s, and quotes nothing of it', (_name, first, second, expected) => {
    const problem = check(first, second);
    expect(problem).toContain(expected);
    for (const line of second.split('\n').filter((text) => text.length > 20))
      expect(problem).not.toContain(line);
  });
});

describe('KeyPairCheck answers again', () => {
  it('without cryptography, however many others it was asked about since, up to its capacity', () => {
    const pairs = Array.from({ length: 10 }, () => keyPair('ec'));
    const keeping = new KeyPairCheck(10);
    const ask = (checker: KeyPairCheck): number => {
      const start = performance.now();
      for (const { certificate, key } of pairs) expect(checker.check(certificate, key)).toBeUndefined();
      return performance.now() - start;
    };
    ask(keeping);
    const again = Math.min(...Array.from({ length: 5 }, () => ask(keeping)));
    // With room for half of them, in the order in which the oldest goes, none is there any more.
    const forgetting = new KeyPairCheck(5);
    ask(forgetting);
    const anew = Math.min(...Array.from({ length: 5 }, () => ask(forgetting)));
    expect(again).toBeLessThan(anew);
  });

  it('what is right when one of the two has changed', () => {
    const [first, second] = [keyPair(), keyPair()];
    expect(check(first.certificate, first.key)).toBeUndefined();
    expect(check(first.certificate, second.key)).toContain('does not belong');
    expect(check(second.certificate, second.key)).toBeUndefined();
    expect(check(first.certificate, first.key)).toBeUndefined();
  });
});
