/**
 * Finds a release of Gateway API: a Go module, fetched and checked against Go's checksum database by the `go`
 * command. gateway-api.json is the one place that says which release the package is generated from.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodegenError } from './codegen-error.ts';

/** A release, and which of its channels is meant. */
export interface GatewayApiRelease {
  /** Path of the Go module. */
  readonly module: string;
  /** `v1.7.0` */
  readonly version: string;
  /** `standard` or `experimental` */
  readonly channel: string;
}

/** What gateway-api.json says. */
export interface GatewayApiSetting extends GatewayApiRelease {
  /** The oldest release whose CRDs serve the versions of the kinds that the package is written for. */
  readonly oldestVersion: string;
}

/** Where the setting is. */
export const settingFile = join(import.meta.dirname, '..', 'gateway-api.json');

function parseJson(text: string): Partial<GatewayApiSetting> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<GatewayApiSetting>;
  } catch (error) {
    throw new CodegenError(`expected JSON in ${settingFile}, got ${text.trim() || 'nothing'}: ${error}`);
  }
}

/** The release that gateway-api.json names. */
export function pinnedRelease(): GatewayApiSetting {
  return parseSetting(readFileSync(settingFile, 'utf8'));
}

/** Reads the text of gateway-api.json. */
export function parseSetting(text: string): GatewayApiSetting {
  const setting = parseJson(text);
  const { module, version, channel, oldestVersion } = setting;
  if (!module || !version || !channel || !oldestVersion) {
    throw new CodegenError(
      `expected "module", "version", "channel" and "oldestVersion" in ${settingFile}, got ${JSON.stringify(setting)}`,
    );
  }
  return { module, version, channel, oldestVersion };
}

/** Runs `go` outside of any Go module, so that no go.mod of ours takes part. */
function go(...args: string[]): string {
  const { error, stdout, stderr } = spawnSync('go', args, { cwd: tmpdir(), encoding: 'utf8' });
  if (error) {
    throw new CodegenError(
      `expected the command go on the PATH, got: ${error.message}. Install Go 1.22 or newer: https://go.dev/dl`,
    );
  }
  return stdout.trim() || stderr.trim();
}

/** What `go mod download -json` says is wrong. */
function downloadError(output: string): string {
  try {
    const { Error: message }: { Error?: unknown } = JSON.parse(output);
    return typeof message === 'string' ? message : output;
  } catch {
    return output;
  }
}

const isUnknownVersion = (message: string): boolean =>
  /\b(403|404|410)\b|unknown revision|no matching versions/.test(message);

/** The directory of the extracted Go module; it is downloaded when it is not in Go's module cache. */
export function moduleDirectory({ module, version }: GatewayApiRelease): string {
  if (!/^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    throw new CodegenError(`expected a version such as v1.7.0, got ${JSON.stringify(version)}`);
  }
  const directory = join(go('env', 'GOMODCACHE'), `${module}@${version}`);
  if (existsSync(directory)) return directory;
  // `go` exits with 1 when the module's go.mod asks for a newer Go than this one, although it has
  // downloaded, verified and extracted the module: only the directory tells.
  const message = downloadError(go('mod', 'download', '-json', `${module}@${version}`));
  if (existsSync(directory)) return directory;
  throw new CodegenError(
    isUnknownVersion(message)
      ? `expected a version of ${module} that exists, got ${version}: ${message}\nThe versions are at https://github.com/kubernetes-sigs/gateway-api/releases.`
      : `expected to download ${module}@${version}, got: ${message}\nCheck that the Go module proxy can be reached (go env GOPROXY).`,
  );
}
