/**
 * What of nx's output (`--output-style=static`) is worth reading after a failure: the output of the tasks that
 * failed, and the list of them.
 *
 * @param {string} output
 * @returns {string} the whole output when it does not look as expected.
 */
export function failedTasksOnly(output) {
  const [log, list] = output.split(/^Failed tasks:$/m);
  if (log === undefined || list === undefined) return output;
  const failed = [...list.matchAll(/^- (\S+)$/gm)].map(([, task]) => task);
  const sections = log.split(/^(?=> nx run )/m);
  const relevant = sections.filter((section) => {
    const task = /^> nx run (\S+)/.exec(section)?.[1];
    return task !== undefined && failed.includes(task);
  });
  if (relevant.length === 0) return output;
  const text = relevant.map((section) => section.replace(/^\s*NX {3}Running target[\s\S]*/m, '').trim());
  return [...text, `Failed: ${failed.join(', ')}`].join('\n\n');
}
