/** Which releases of Gateway API the model understands: those between the oldest and the one it is generated from. */
import { oldestGatewayApiVersion } from '../generated/constants.ts';
import { gatewayApiVersion } from '../generated/schemas.ts';

interface Release {
  readonly major: number;
  readonly minor: number;
}

/** `v1.7.0` -> 1 and 7; undefined for what is no release: a pre-release, a development version. */
function parseRelease(version: string): Release | undefined {
  const found = /^v(\d{1,4})\.(\d{1,4})\.\d{1,4}$/.exec(version);
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : undefined;
}

/**
 * Whether CRDs of a release are ones that the model understands: of any patch from the oldest minor release to
 * the newest.
 *
 * @param bundleVersion - the CRD's annotation `gateway.networking.k8s.io/bundle-version`: `v1.7.0`
 */
export function isSupportedRelease(
  bundleVersion: string | undefined,
  oldest = oldestGatewayApiVersion,
  newest = gatewayApiVersion,
): boolean {
  const [release, from, to] = [bundleVersion ?? '', oldest, newest].map(parseRelease);
  if (!release || !from || !to) return false;
  return release.major === to.major && from.minor <= release.minor && release.minor <= to.minor;
}

const minorOf = (version: string): string => version.split('.', 2).join('.');

/** The supported releases for messages: `v1.6 to v1.7`. */
export const supportedReleases: string = `${minorOf(oldestGatewayApiVersion)} to ${minorOf(gatewayApiVersion)}`;
