import type { UnavailablePort } from '@blixt/gateway-model';
import { describeKey } from './object.ts';
import type { PortConflict } from './port-claims.ts';

/** What a conflict means for the listeners of the Gateway. */
export function unavailablePort(conflict: PortConflict): UnavailablePort {
  const { port, protocol } = conflict.service;
  return { port, protocol, message: conflictMessage(conflict) };
}

/** Says of a conflict what is not served, and who has it. */
export function conflictMessage({ service, owner }: PortConflict): string {
  const { address, port, protocol, name } = service;
  // `namespace/gateway/listener`, or `namespace/gateway/namespace/listenerset/listener`.
  const parts = name.split('/');
  const listener = parts.at(-1) ?? name;
  const owned = parts.length > 3 ? `${listener} of ListenerSet ${parts.slice(2, -1).join('/')}` : listener;
  return `Listener ${owned} is not served at ${address} port ${port}/${protocol}: ${describeKey(owner)} is older and has it.`;
}
