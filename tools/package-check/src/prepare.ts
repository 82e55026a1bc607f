import { nextNode } from './nodes.ts';
import { fetchPlatforms } from './platforms.ts';
import { runCommand } from './run-command.ts';

/** Before the tests: builds the addons that `npm pack` needs (nx has them cached), and downloads the Nodes. */
export default function prepare(): void {
  runCommand('nx', ['run', '@blixt/bpf-maps:prebuilds', '--output-style=static']);
  nextNode.fetch();
  fetchPlatforms();
}
