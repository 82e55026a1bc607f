import { parse } from 'yaml';

/** Counts of tests. */
export interface Statistics {
  readonly Passed: number;
  readonly Failed: number;
  readonly Skipped: number;
}

/** Of core or of extended tests. */
export interface ReportSection {
  readonly result: string;
  readonly statistics: Statistics;
  readonly supportedFeatures?: readonly string[];
  readonly unsupportedFeatures?: readonly string[];
  readonly skippedTests?: readonly string[];
  readonly failedTests?: readonly string[];
}

/** Of a profile, such as GATEWAY-TCP. */
export interface ProfileReport {
  readonly name: string;
  readonly core: ReportSection;
  readonly extended?: ReportSection;
}

/** Upstream's report: `sigs.k8s.io/gateway-api/conformance/apis/v1`, ConformanceReport. */
export interface SuiteReport {
  readonly date: string;
  readonly gatewayAPIVersion: string;
  readonly gatewayAPIChannel: string;
  readonly mode: string;
  readonly implementation: {
    readonly organization: string;
    readonly project: string;
    readonly version: string;
  };
  readonly profiles: readonly ProfileReport[];
  readonly succeededProvisionalTests?: readonly string[];
}

/** @param text - YAML */
export const parseReport = (text: string): SuiteReport => parse(text);

/** The profiles that are run. */
const PROFILES = ['GATEWAY-TCP', 'GATEWAY-UDP'];
const LEVELS = ['core', 'extended'] as const;

/** One line for people for each profile and level. */
export const describeReport = ({ profiles }: SuiteReport): readonly string[] =>
  profiles.flatMap((profile) =>
    LEVELS.flatMap((level) => {
      const section = profile[level];
      if (section === undefined) return [];
      const { result, statistics } = section;
      const { Passed, Failed, Skipped } = statistics;
      const name = `${profile.name} ${level}`.padEnd(20);
      return [`${name} ${result}: ${Passed} passed, ${Failed} failed, ${Skipped} skipped`];
    }),
  );

/** What the report lacks to show a conformant implementation, without any test left out. */
export function shortcomings({ profiles }: SuiteReport): readonly string[] {
  return PROFILES.flatMap((name) => {
    const profile = profiles.find((it) => it.name === name);
    return LEVELS.flatMap((level) => {
      const section = profile?.[level];
      if (section === undefined) return [`report: ${name} ${level} is not there`];
      const { result, statistics, skippedTests = [], failedTests = [] } = section;
      const { Passed, Failed, Skipped } = statistics;
      if (result === 'success' && Passed > 0 && Failed === 0 && Skipped === 0) return [];
      const tests = [...failedTests, ...skippedTests].join(', ');
      return [`report: ${name} ${level}: ${result}, ${Failed} failed, ${Skipped} skipped: ${tests}`];
    });
  });
}

/** Where upstream wants a report, below `conformance/reports`. */
export function reportPath(report: SuiteReport): string {
  const { gatewayAPIVersion, gatewayAPIChannel, implementation, mode } = report;
  const minor = gatewayAPIVersion.split('.').slice(0, 2).join('.');
  const folder = `${implementation.organization}-${implementation.project}`;
  return `${minor}/${folder}/${gatewayAPIChannel}-${implementation.version}-${mode}-report.yaml`;
}
