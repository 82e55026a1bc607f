/** Findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code scanning services read. */
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceSpan } from '@blixt/controller';
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { type Finding, type LintReport, sentence } from './finding.ts';
import { ruleInfos } from './rules.ts';

/** What SARIF wants to know beside the findings. */
export interface SarifContext {
  /** Version of the command. */
  readonly version: string;
  /** Folder that URIs of files are relative to. */
  readonly directory: string;
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const HOME = 'https://github.com/kubernetes-sigs/blixt';

/** The report as one SARIF log with one run. */
export function printSarif(report: LintReport, context: SarifContext): string {
  return `${JSON.stringify(toSarif(report, context), null, 2)}\n`;
}

/** One run: its rules are those that findings name, in the order in which they come. */
export function toSarif(report: LintReport, { version, directory }: SarifContext): Log {
  const ids = [...new Set(report.findings.map(({ rule }) => rule))];
  const indexes = new Map(ids.map((id, index) => [id, index]));
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'blixt',
            semanticVersion: version,
            informationUri: HOME,
            rules: ids.map(toDescriptor),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.unreadable.length === 0,
            toolExecutionNotifications: report.unreadable.map(({ code, message }) => ({
              level: 'error',
              descriptor: { id: code },
              message: { text: message },
            })),
          },
        ],
        results: report.findings.map((finding) => toResult(finding, indexes, directory)),
      },
    ],
  };
}

function toDescriptor(id: string): ReportingDescriptor {
  const { text = id, source = '' } = ruleInfos.get(id) ?? {};
  const isUrl = source.startsWith('https://');
  return {
    id,
    shortDescription: { text },
    ...(source !== '' && { help: { text: isUrl ? `See ${source}.` : `${text} (${source})` } }),
    ...(isUrl && { helpUri: source }),
  };
}

function toResult(finding: Finding, indexes: ReadonlyMap<string, number>, directory: string): Result {
  const { severity, rule, span, object, path, suggestion, related } = finding;
  const name = [object, path].filter((part) => part !== '').join(' ');
  return {
    ruleId: rule,
    ruleIndex: indexes.get(rule) ?? -1,
    level: severity,
    message: { text: suggestion === '' ? sentence(finding) : `${sentence(finding)}; ${suggestion}` },
    locations: [
      {
        ...toLocation(span, directory),
        ...(name !== '' && { logicalLocations: [{ fullyQualifiedName: name }] }),
      },
    ],
    ...(related.length > 0 && {
      relatedLocations: related.map((place) => ({
        ...toLocation(place.span, directory),
        message: { text: place.object },
      })),
    }),
  };
}

function toLocation({ file, line, column, endLine, endColumn }: SourceSpan, directory: string): Location {
  return {
    physicalLocation: {
      artifactLocation: { uri: toUri(file, directory) },
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
  };
}

/** Relative to the folder, as code scanning wants it; absolute for files outside of it. */
function toUri(file: string, directory: string): string {
  const path = isAbsolute(file) ? relative(directory, file) : file;
  if (isAbsolute(path) || path.split(sep)[0] === '..') return pathToFileURL(file).href;
  const steps = path.split(sep).filter((step) => step !== '.');
  return steps.map(encodeURIComponent).join('/');
}
