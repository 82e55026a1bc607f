import { describe, expect, it } from 'vitest';
import { type Decision, decide, summary } from '../../test/world.ts';
import type { GatewaySpecAddress } from '../generated/types.ts';
import { gateway } from '../objects/builders.ts';
import type { AddressAssignment } from './view.ts';

const decideWith = (wanted: readonly GatewaySpecAddress[], addresses: AddressAssignment): Decision =>
  decide(gateway({ addresses: wanted }), [], { addresses });
const programmedOf = (decision: Decision) => summary(decision.gateway.conditions).Programmed;

describe('addresses that a Gateway asks for', () => {
  it.each<[string, GatewaySpecAddress[], AddressAssignment, string]>([
    ['the one it names', [{ value: '192.0.2.1' }], { assigned: ['192.0.2.1'] }, 'True/Programmed'],
    [
      'the one it names, in another form',
      [{ type: 'IPAddress', value: '2001:DB8:0::1' }],
      { assigned: ['2001:db8::1'] },
      'True/Programmed',
    ],
    [
      'one that is not there yet',
      [{ value: '192.0.2.1' }],
      { assigned: ['192.0.2.2'] },
      'False/AddressNotAssigned',
    ],
    ['any', [{ type: 'IPAddress' }], { assigned: ['192.0.2.1'] }, 'True/Programmed'],
    ['any, with an empty value', [{ value: '' }], { assigned: ['192.0.2.1'] }, 'True/Programmed'],
    [
      'any IP address, and a host name is there',
      [{}],
      { assigned: ['lb.example'] },
      'False/AddressNotAssigned',
    ],
    ['any, and none is there', [{}], { assigned: [] }, 'False/AddressNotAssigned'],
    [
      'any beside one that it names, and only that is there',
      [{ value: '192.0.2.1' }, {}],
      { assigned: ['192.0.2.1'] },
      'False/AddressNotAssigned',
    ],
    [
      'any beside one that it names',
      [{ value: '192.0.2.1' }, {}],
      { assigned: ['192.0.2.1', '192.0.2.2'] },
      'True/Programmed',
    ],
    ['what is no address', [{ value: 'localhost' }], { assigned: ['192.0.2.1'] }, 'False/AddressNotUsable'],
    [
      'one that cannot be used',
      [{ value: '10.9.9.9' }],
      { assigned: [], unusable: [{ value: '10.9.9.9', reason: 'outside of the pool' }] },
      'False/AddressNotUsable',
    ],
  ])('%s', (_, wanted, assignment, expected) => {
    expect(programmedOf(decideWith(wanted, assignment))).toBe(expected);
  });

  it('the status lists what is bound as the Gateway wrote it', () => {
    const value = '2001:DB8:0::1';
    const decision = decideWith([{ value }, {}], { assigned: ['2001:db8::1', '192.0.2.1'] });
    expect(decision.gateway.addresses).toEqual([
      { type: 'IPAddress', value },
      { type: 'IPAddress', value: '192.0.2.1' },
    ]);
  });

  it('an address that cannot be used is neither listed nor forwarded, whatever was assigned', () => {
    const decision = decideWith([{ value: '10.9.9.9' }, { value: '192.0.2.1' }], {
      assigned: ['10.9.9.9', '192.0.2.1'],
      unusable: [{ value: '10.9.9.9', reason: 'not on this host' }],
    });
    expect(decision.gateway.addresses).toEqual([{ type: 'IPAddress', value: '192.0.2.1' }]);
    expect(decision.forwarding.services.map(({ address }) => address)).toEqual(['192.0.2.1']);
  });

  it('the status lists 16 addresses at most; the others are forwarded all the same', () => {
    const assigned = Array.from({ length: 20 }, (_, index) => `192.0.2.${index + 1}`);
    const decision = decideWith([], { assigned });
    expect(decision.gateway.addresses).toHaveLength(16);
    expect(decision.forwarding.services).toHaveLength(20);
  });

  it.each([
    ['lb.example', 'True/Programmed'],
    ['192.0.2.1', 'False/AddressNotAssigned'],
  ])('any host name, and %s is there: %s', (assigned, expected) => {
    const decision = decideWith([{ type: 'Hostname' }], {
      assigned: [assigned],
      supportedTypes: ['Hostname'],
    });
    expect(programmedOf(decision)).toBe(expected);
  });

  it('a type of one’s own is as good as any when the provider supports it', () => {
    const wanted = [{ type: 'example.com/pool', value: 'blue' }];
    const supportedTypes = ['example.com/pool'];
    expect(decideWith(wanted, { assigned: ['blue'], supportedTypes }).gateway.addresses).toEqual(wanted);
  });
});
