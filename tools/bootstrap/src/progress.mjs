/**
 * Shows what the set-up does, on standard error, so that standard output belongs to the command that follows.
 * On a terminal one line that is rewritten; elsewhere a plain line at the start and at the end of a step.
 */

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** A step failed; the message says what and holds its output, the advice says what to do. */
export class StepError extends Error {
  /**
   * @param {string} code - stable, for example `SETUP_APT_FAILED`.
   * @param {string} message
   * @param {string} advice
   */
  constructor(code, message, advice) {
    super(message);
    this.name = 'StepError';
    this.code = code;
    this.advice = advice;
  }
}

/** @param {number} startedAt - `performance.now()` */
function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * Runs one step and shows it.
 *
 * @template T
 * @param {string} title - what is being done, for example `Installing Debian packages: clang`.
 * @param {(note: (text: string) => void) => Promise<T>} work - gets a function that shows how far it is.
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} [stream] - default: standard error.
 * @returns {Promise<T>}
 */
export async function step(title, work, stream = process.stderr) {
  const startedAt = performance.now();
  const live = stream.isTTY === true;
  let latestNote = '';
  let frame = 0;
  const draw = () => {
    frame += 1;
    const text = `${FRAMES[frame % FRAMES.length]} ${title} ${secondsSince(startedAt)} ${latestNote}`;
    stream.write(`\r\x1b[2K${text.slice(0, (stream.columns || 80) - 1)}`);
  };
  const timer = live ? setInterval(draw, 100) : undefined;
  if (!live) stream.write(`${title} ...\n`);
  /** @param {string} text */
  const note = (text) => {
    latestNote = text;
    if (!live) stream.write(`  ${text} (${secondsSince(startedAt)})\n`);
  };
  let outcome = 'failed';
  try {
    const result = await work(note);
    outcome = 'done';
    return result;
  } finally {
    clearInterval(timer);
    const mark = outcome === 'done' ? '✔' : '✘';
    stream.write(
      live
        ? `\r\x1b[2K${mark} ${title} (${secondsSince(startedAt)})\n`
        : `${mark} ${title}: ${outcome} in ${secondsSince(startedAt)}\n`,
    );
  }
}
