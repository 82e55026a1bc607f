import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../../..');

/** A folder that npm can pack. */
export interface Packable {
  /** As users install it. */
  readonly name: string;
  /** Where it is, from the root of the repository. */
  readonly folder: string;
}

/** A library that is published. */
export interface PublishedPackage extends Packable {
  /** Packages of the repository that it needs, by name, each after what it needs itself. */
  readonly needs: readonly string[];
  /** Paths that its tarball may hold, beside package.json, README.md, LICENSE and the built module. */
  readonly ships: readonly RegExp[];
  /** An export whose presence proves that the module was loaded. */
  readonly landmark: string;
  /** Whether it runs in browsers. */
  readonly browser: boolean;
}

/** Every library that is published, each after what it needs. */
export const publishedPackages: readonly [PublishedPackage, ...PublishedPackage[]] = [
  {
    name: '@blixt/gateway-model',
    folder: 'packages/gateway-model',
    needs: [],
    ships: [/^dist\/(?:[a-z]+\/)?[\w-]+\.js(?:\.map)?$/, /^crds\/[\w.-]+\.yaml$/],
    landmark: 'resolveGateway',
    browser: true,
  },
  {
    name: '@blixt/bpf-maps',
    folder: 'packages/bpf-maps',
    needs: [],
    ships: [
      /^prebuilds\/linux-x64\.node$/,
      /^prebuilds\/linux-arm64\.node$/,
      // To build an addon elsewhere.
      /^CMakeLists\.txt$/,
      /^cmake\/[\w-]+\.(?:cmake|map)$/,
      /^native\/\w+\.(?:cc|h)$/,
      // The command's module, and what it shares with the library.
      /^dist\/(?:bpf-maps|(?:chunk|start)-\w+)\.js(?:\.map)?$/,
    ],
    landmark: 'BpfMap',
    browser: false,
  },
  {
    name: '@blixt/xdp-lb',
    folder: 'packages/xdp-lb',
    needs: ['@blixt/bpf-maps'],
    // The programs' sources go along: their licence asks for it.
    ships: [
      /^prebuilds\/xdp-lb-linux-\w+\/node-napi-v8\.node$/,
      /^dist\/bpf\/\w+\.o$/,
      /^bpf\/(?:[\w-]+\/)*(?:[\w.-]+\.[ch]|README\.md|LICENSE[\w.-]*)$/,
    ],
    landmark: 'LoadBalancer',
    browser: false,
  },
  {
    name: '@blixt/controller',
    folder: 'packages/controller',
    needs: ['@blixt/gateway-model'],
    ships: [/^examples\/[\w-]+\.ts$/],
    landmark: 'Controller',
    browser: false,
  },
];

/** The command that is published; it needs every library. */
export const publishedCommand: Packable = { name: '@blixt/blixt', folder: 'apps/blixt' };

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** @param folder - from the root of the repository. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
}

/** The folders of the repository's libraries, from its root. */
export function libraryFolders(): readonly string[] {
  return globSync('packages/*/package.json', { cwd: ROOT })
    .map((path) => dirname(path))
    .sort();
}
