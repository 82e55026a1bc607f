import { describe, expect, it } from 'vitest';
import { certificate, decide, summary } from '../../test/world.ts';
import type { SecretObjectReference } from '../generated/types.ts';
import { certificateRef, gateway, listener, referenceGrant, terminateTls } from '../objects/builders.ts';
import type { ModelObject } from '../objects/kinds.ts';
import type { Secret } from '../objects/objects.ts';
import type { ResolveContext } from './view.ts';

const conditionOf = (
  refs: readonly (string | SecretObjectReference)[],
  objects: readonly ModelObject[],
  overrides: Partial<ResolveContext> = {},
) => {
  const subject = gateway({
    listeners: [listener('HTTPS', 443, { name: 'https', tls: terminateTls(...refs) })],
  });
  const decision = decide(subject, objects, overrides);
  const found = decision.listener('https').conditions.find(({ type }) => type === 'ResolvedRefs');
  return { result: `${found?.status}/${found?.reason}`, message: found?.message ?? '', decision };
};

describe('the Secret of a certificateRef', () => {
  const with_ = (fields: Partial<Secret>): Secret => ({ ...certificate(), ...fields });
  const { data = {} } = certificate();
  const text = (key: string) => atob(data[key] ?? '');

  it.each<[string, Secret, string]>([
    [
      'is of type kubernetes.io/tls',
      with_({ type: 'Opaque' }),
      'expected type kubernetes.io/tls, got Opaque',
    ],
    ['has tls.crt', with_({ data: { 'tls.key': data['tls.key'] ?? '' } }), 'tls.crt'],
    ['has tls.key', with_({ data: { 'tls.crt': data['tls.crt'] ?? '' } }), 'tls.key'],
    ['is in base64', with_({ data: { ...data, 'tls.crt': '%%%' } }), 'not base64'],
    ['holds PEM', with_({ data: { ...data, 'tls.crt': btoa('hello') } }), 'no PEM block'],
    [
      'has the certificate where it belongs',
      with_({ data: { 'tls.crt': data['tls.key'] ?? '', 'tls.key': data['tls.crt'] ?? '' } }),
      'expected CERTIFICATE, got a PEM block PRIVATE KEY',
    ],
  ])('%s', (_, secret, problem) => {
    const { result, message } = conditionOf(['certificate'], [secret]);
    expect(result).toBe('False/InvalidCertificateRef');
    expect(message).toContain(problem);
  });

  it('may be written in plain text, which goes before base64', () => {
    const { data: _, ...rest } = certificate();
    const stringData = { 'tls.crt': text('tls.crt'), 'tls.key': text('tls.key') };
    expect(conditionOf(['certificate'], [{ ...rest, stringData }]).result).toBe('True/ResolvedRefs');
    const broken = { ...certificate(), stringData: { 'tls.crt': 'x' } };
    expect(conditionOf(['certificate'], [broken]).result).toBe('False/InvalidCertificateRef');
  });

  it('may be checked further by who has cryptography at hand', () => {
    const seen: string[] = [];
    const checkKeyPair = (pem: string, key: string): string | undefined => {
      seen.push(pem, key);
      return 'the key is not that of the certificate';
    };
    const { result, message } = conditionOf(['certificate'], [certificate()], { checkKeyPair });
    expect(result).toBe('False/InvalidCertificateRef');
    expect(message).toContain('the key is not that of the certificate');
    expect(seen).toEqual([text('tls.crt'), text('tls.key')]);
  });

  it('is checked once, however often it is looked at', () => {
    let calls = 0;
    const checkKeyPair = (): undefined => {
      calls += 1;
    };
    const secret = certificate();
    for (let turn = 0; turn < 3; turn += 1) conditionOf(['certificate'], [secret], { checkKeyPair });
    expect(calls).toBe(1);
    conditionOf(['certificate'], [certificate()], { checkKeyPair });
    expect(calls).toBe(2);
  });
});

describe('all certificateRefs of a listener are judged', () => {
  it('the reason is that of the first that fails, the message tells every one', () => {
    const refs = [
      'certificate',
      certificateRef('foreign', { namespace: 'other' }),
      'missing',
      certificateRef('certificate', { kind: 'ConfigMap' }),
    ];
    const { result, message } = conditionOf(refs, [certificate()]);
    expect(result).toBe('False/RefNotPermitted');
    expect(message).toMatch(/certificateRefs\[1\].*certificateRefs\[2\].*certificateRefs\[3\]/);
    expect(message).not.toContain('certificateRefs[0]');
  });

  it('an HTTPS listener without any has none to serve with', () => {
    const decision = decide(gateway({ listeners: [listener('HTTPS', 443)] }));
    expect(summary(decision.listener('https-443').conditions)).toMatchObject({
      Accepted: 'True/Accepted',
      ResolvedRefs: 'False/InvalidCertificateRef',
      Programmed: 'False/Invalid',
    });
  });

  it('a listener without its certificate is not served', () => {
    expect(conditionOf(['missing'], []).decision.forwarding.services).toEqual([]);
    expect(conditionOf(['certificate'], [certificate()]).decision.forwarding.services).toHaveLength(1);
  });

  it('invalid kinds come after, in the same message', () => {
    const kinds = [{ kind: 'TCPRoute' }];
    const https = listener('HTTPS', 443, { tls: terminateTls('missing'), allowedRoutes: { kinds } });
    const decision = decide(gateway({ listeners: [https] }));
    const found = decision.listener('https-443').conditions.find(({ type }) => type === 'ResolvedRefs');
    expect(found?.reason).toBe('InvalidCertificateRef');
    expect(found?.message).toContain('allowedRoutes.kinds');
  });
});

describe('grants for certificates', () => {
  const secret = certificate('certificate', { namespace: 'other' });
  const ref = certificateRef('certificate', { namespace: 'other' });
  const grant = (from: string, kind = 'Gateway') =>
    referenceGrant(
      {
        from: [{ group: 'gateway.networking.k8s.io', kind, namespace: from }],
        to: [{ group: '', kind: 'Secret' }],
      },
      { namespace: 'other' },
    );

  it.each([
    ['for Gateways of the namespace', grant('default'), 'True/ResolvedRefs'],
    ['for Gateways of another namespace', grant('elsewhere'), 'False/RefNotPermitted'],
    ['for ListenerSets', grant('default', 'ListenerSet'), 'False/RefNotPermitted'],
    ['for routes', grant('default', 'HTTPRoute'), 'False/RefNotPermitted'],
  ])('%s', (_, object, expected) => {
    expect(conditionOf([ref], [secret, object]).result).toBe(expected);
  });

  it('are asked for before the Secret is looked at', () => {
    expect(conditionOf([ref], []).result).toBe('False/RefNotPermitted');
    expect(conditionOf([ref], [grant('default')]).result).toBe('False/InvalidCertificateRef');
  });
});
