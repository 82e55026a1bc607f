import { createHash } from 'node:crypto';

const SUFFIX = '-blixt';
/** Upper limit of the name of a Service, in characters (RFC 1035, section 2.3.4). */
const MAX_LENGTH = 63;
const HASH_LENGTH = 10;

/**
 * The name of the Service of a Gateway: `<gateway>-blixt`. A Gateway's name (RFC 1123: up to 253 characters, with
 * dots, also beginning with a digit) that cannot be part of a Service's (RFC 1035) is made one, and a hash of it is
 * added, so that two Gateways never share a Service.
 */
export function gatewayServiceName(gatewayName: string): string {
  const room = MAX_LENGTH - SUFFIX.length;
  const isFit = gatewayName.length <= room && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(gatewayName);
  if (isFit) return gatewayName + SUFFIX;
  const hash = createHash('sha256').update(gatewayName).digest('hex').slice(0, HASH_LENGTH);
  const label = gatewayName.replaceAll('.', '-').replace(/^(?=[0-9])/, 'gateway-');
  const start = label.slice(0, room - HASH_LENGTH - 1).replace(/-+$/, '');
  return `${start}-${hash}${SUFFIX}`;
}
