#!/usr/bin/env node

// As package.json's `engines` says: an older Node.js fails somewhere inside, with a riddle.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  const { start } = await import('./start.ts');
  await start();
} else {
  process.stderr.write(
    `bpf-maps: expected Node.js 22.19 or newer, got ${process.versions.node}: install a newer one [ERR_NODE]\n`,
  );
  process.exitCode = 1;
}
