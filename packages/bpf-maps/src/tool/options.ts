import { InvalidArgumentError } from 'commander';

/** A whole number from `least` on. */
export function wholeNumber(least: number) {
  return (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && Number.isSafeInteger(number)) return number;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}

/** Seconds on the command line, milliseconds inside. */
export function seconds(text: string): number {
  const milliseconds = Number(text) * 1000;
  if (/^\d*\.?\d+$/.test(text) && milliseconds >= 10 && milliseconds <= 86_400_000) return milliseconds;
  throw new InvalidArgumentError('Expected seconds, from 0.01 to 86400.');
}
