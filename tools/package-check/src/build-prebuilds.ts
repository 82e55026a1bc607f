import { runCommand } from './run-command.ts';

/** Builds what `npm pack` needs beside the ordinary build: addons for other architectures. nx has them cached. */
export default function buildPrebuilds(): void {
  runCommand('nx', ['run', '@blixt/bpf-maps:prebuilds', '--output-style=static']);
}
