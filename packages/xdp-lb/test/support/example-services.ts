import type { Service } from '../../src/index.ts';

/** A TCP service of IPv4 with two backends. */
export const tcp: Service = {
  address: '192.0.2.1',
  port: 80,
  protocol: 'TCP',
  backends: [
    { address: '10.0.0.2', port: 8080, weight: 3 },
    { address: '10.0.0.3', port: 8080, weight: 1 },
  ],
};

/** A UDP service of IPv6 with one backend. */
export const udp: Service = {
  address: '2001:db8::1',
  port: 53,
  protocol: 'UDP',
  backends: [{ address: 'fd00::2', port: 53, weight: 1 }],
};
