/** The certificateRefs of HTTPS listeners: kind, grant, existence and contents of the Secrets. */

import type { ExplanationCause } from '../explanation/explanation.ts';
import { certificateRules } from '../explanation/rules.ts';
import { causeOf, type Finding, finding } from '../explanation/ruling.ts';
import { ListenerConditionReason, ProtocolType } from '../generated/constants.ts';
import type { Listener } from '../generated/types.ts';
import { formatName, GATEWAY_API_GROUP } from '../objects/kinds.ts';
import { type DeclaredListener, listenerPath } from './declared.ts';
import { findPermission } from './grants.ts';
import { keyPairProblem } from './key-pair.ts';
import type { ObjectView, ResolveContext } from './view.ts';

/** A certificateRef, or the lack of one, judged. */
export interface JudgedCertificate extends Finding {
  /** The field, in the listener. */
  readonly field: string;
  /** The field, in the object that declares the listener. */
  readonly path: string;
  /** Of the condition ResolvedRefs; undefined when the reference is good. */
  readonly reason: 'InvalidCertificateRef' | 'RefNotPermitted' | undefined;
}

type CertificateRef = NonNullable<NonNullable<Listener['tls']>['certificateRefs']>[number];

const { InvalidCertificateRef, RefNotPermitted } = ListenerConditionReason;

/** Judges one reference in the order: kind, grant, existence, type, contents. */
function judgeRef(
  ref: CertificateRef,
  declared: DeclaredListener,
  view: ObjectView,
  context: Pick<ResolveContext, 'checkKeyPair'>,
): Finding & Pick<JudgedCertificate, 'reason'> {
  const { owner } = declared;
  const [group, kind] = [ref.group ?? '', ref.kind ?? 'Secret'];
  const refuse = (
    reason: JudgedCertificate['reason'],
    rule: Finding['rule'],
    message: string,
    because: readonly ExplanationCause[] = [],
  ) => ({ reason, ...finding(rule, false, message, because) });
  if (group !== '' || kind !== 'Secret') {
    const message = `expected kind Secret of the core group, got ${kind} of group "${group}"`;
    return refuse(InvalidCertificateRef, certificateRules.kind, message);
  }
  const key = { namespace: ref.namespace ?? owner.namespace, name: ref.name };
  const source = { group: GATEWAY_API_GROUP, kind: owner.kind, namespace: owner.namespace };
  const permission = findPermission(view, source, { group, kind, ...key });
  if (!permission) {
    const message = `no ReferenceGrant in namespace ${key.namespace} lets ${owner.kind}s of namespace ${owner.namespace} refer to Secret ${key.name}`;
    return refuse(RefNotPermitted, certificateRules.grant, message);
  }
  const granted = permission === 'same-namespace' ? [] : [causeOf(permission)];
  const name = formatName(key);
  const secret = view.secret(key);
  const because = [{ kind: 'Secret', ...key }, ...granted];
  if (!secret) {
    return refuse(InvalidCertificateRef, certificateRules.exists, `Secret ${name} was not found`, because);
  }
  const type = secret.type ?? 'Opaque';
  if (type !== 'kubernetes.io/tls') {
    const message = `Secret ${name}: expected type kubernetes.io/tls, got ${type}`;
    return refuse(InvalidCertificateRef, certificateRules.secretType, message, because);
  }
  const problem = keyPairProblem(secret, context.checkKeyPair);
  if (problem !== undefined) {
    const message = `Secret ${name}: ${problem}`;
    return refuse(InvalidCertificateRef, certificateRules.keyPair, message, because);
  }
  const rule = granted.length > 0 ? certificateRules.grant : certificateRules.keyPair;
  return { reason: undefined, ...finding(rule, true, `Secret ${name} has a key pair`, because) };
}

const NONE: readonly JudgedCertificate[] = [];

/** Judges all certificateRefs of a listener; none are looked at unless it is an HTTPS listener. */
export function judgeCertificates(
  declared: DeclaredListener,
  view: ObjectView,
  context: Pick<ResolveContext, 'checkKeyPair'>,
): readonly JudgedCertificate[] {
  const { listener } = declared;
  if (listener.protocol !== ProtocolType.HTTPS) return NONE;
  const base = listenerPath(declared);
  const refs = listener.tls?.certificateRefs ?? [];
  if (refs.length === 0) {
    const field = 'tls.certificateRefs';
    const message = 'an HTTPS listener needs a reference to a certificate';
    const missing = finding(certificateRules.required, false, message);
    return [{ ...missing, field, path: `${base}.${field}`, reason: InvalidCertificateRef }];
  }
  return refs.map((ref, index) => {
    const field = `tls.certificateRefs[${index}]`;
    return { ...judgeRef(ref, declared, view, context), field, path: `${base}.${field}` };
  });
}
