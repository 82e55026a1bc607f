import { describe, expect, it } from 'vitest';
import { gatewayApiVersion } from '../generated/schemas.ts';
import { isSupportedRelease, supportedReleases } from './supported-releases.ts';

describe('CRDs are of a supported release', () => {
  it.each<[string | undefined, boolean]>([
    ['v1.6.0', true],
    ['v1.7.12', true],
    ['v1.9.0', true],
    ['v1.10.3', true],
    ['v1.5.1', false],
    ['v1.11.0', false],
    ['v2.7.0', false],
    ['v0.7.0', false],
    ['v1.7.0-rc.1', false],
    ['v1.7', false],
    ['1.7.0', false],
    ['', false],
    [undefined, false],
  ])('between v1.6.0 and v1.10.1: %s: %s', (version, expected) => {
    expect(isSupportedRelease(version, 'v1.6.0', 'v1.10.1')).toBe(expected);
  });

  it('when they are of the release that the package is generated from', () => {
    expect(isSupportedRelease(gatewayApiVersion)).toBe(true);
    expect(supportedReleases).toMatch(/^v1\.\d+ to v1\.\d+$/);
    expect(`${gatewayApiVersion}.`).toContain(`${supportedReleases.split(' to ')[1]}.`);
  });
});
