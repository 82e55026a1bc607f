import { markdownTable } from 'markdown-table';
import { type PublishedReport, publishedReports } from './published.ts';
import type { SuiteReport } from './suite-report.ts';

/** The profile's own feature: the suite lists it under extended as well. */
const PROFILE_FEATURES: readonly string[] = ['TCPRoute', 'UDPRoute'];

/** Our own report in the form of the others. */
function ours({
  implementation,
  gatewayAPIVersion,
  gatewayAPIChannel,
  profiles,
}: SuiteReport): PublishedReport {
  const figures = (name: string): { readonly core: number; readonly extended: number } | undefined => {
    const profile = profiles.find((it) => it.name === name);
    if (profile === undefined) return undefined;
    return {
      core: profile.core.statistics.Passed,
      extended: profile.extended?.statistics.Passed ?? 0,
    };
  };
  const [tcp, udp] = [figures('GATEWAY-TCP'), figures('GATEWAY-UDP')];
  const features = new Set(profiles.flatMap(({ extended }) => extended?.supportedFeatures ?? []));
  return {
    implementation: '**Blixt**',
    version: implementation.version,
    gatewayApi: gatewayAPIVersion,
    channel: gatewayAPIChannel,
    ...(tcp === undefined ? {} : { tcp }),
    ...(udp === undefined ? {} : { udp }),
    features: [...features].filter((name) => !PROFILE_FEATURES.includes(name)).sort(),
  };
}

const cell = (figures: { readonly core: number; readonly extended: number } | undefined): string =>
  figures === undefined ? '-' : `${figures.core} + ${figures.extended}`;

const row = ({
  implementation,
  version,
  gatewayApi,
  channel,
  tcp,
  udp,
  features,
}: PublishedReport): string[] => {
  const shown = features.map((name) => name.replace(/^Gateway/, '')).join(', ') || '-';
  return [`${implementation} ${version}`, `${gatewayApi}, ${channel}`, cell(tcp), cell(udp), shown];
};

/** The table of the READMEs: our report next to those that others published. */
export const comparisonTable = (report: SuiteReport): string =>
  markdownTable([
    [
      'implementation',
      'Gateway API, channel',
      'GATEWAY-TCP: core + extended',
      'GATEWAY-UDP: core + extended',
      'extended features',
    ],
    ...[ours(report), ...publishedReports].map(row),
  ]);

const BEGIN = '<!-- comparison: written by `npm run conformance -- --write-report` -->';
const END = '<!-- end of comparison -->';

/** A README with the table of a report between its marks. @throws Error when it has no marks */
export function withComparison(readme: string, report: SuiteReport): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`expected ${BEGIN} and ${END} in the README`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${comparisonTable(report)}\n\n${readme.slice(end)}`;
}
