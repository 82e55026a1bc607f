import { type BenchRow, type BenchSuite, median, rowsAgainst } from '@blixt/bench';
import { allCases, type Case, caseName } from './cases.ts';
import { type Contender, TestBed } from './test-bed.ts';

const PACKETS = 1_000_000;
const ROUNDS = 9;
const row = rowsAgainst('minimal DNAT');
const CONTENDERS: readonly Contender[] = ['stub', 'floor', 'ours'];

/** Runs the three in turns, so that whatever disturbs the machine disturbs all of them. */
function measure(testBed: TestBed, measured: Case): BenchRow {
  const times: Record<Contender, number[]> = { stub: [], floor: [], ours: [] };
  for (const contender of CONTENDERS) testBed.warmUp(measured, contender);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const contender of CONTENDERS) {
      const nanoseconds = testBed.measure(measured, contender, PACKETS);
      if (round > 0) times[contender].push(nanoseconds);
    }
  }
  // A packet that is dropped is done sooner than one that is sent.
  if (testBed.drops() > 0)
    throw new Error(`${caseName(measured)}: packets were dropped, so their time means nothing`);
  const stub = median(times.stub);
  const ours = median(times.ours) - stub;
  const rival = median(times.floor) - stub;
  return row(caseName(measured), 'ns/packet', ours, rival);
}

function checkVerdicts(testBed: TestBed, measured: Case): void {
  const [floor, ours] = (['floor', 'ours'] as const).map((contender) => testBed.verdict(measured, contender));
  if (floor !== ours) {
    throw new Error(
      `${caseName(measured)}: the floor's verdict is ${floor} and ours ${ours}; they must do the same`,
    );
  }
}

/**
 * Nanoseconds that a packet costs, by BPF_PROG_TEST_RUN, next to a minimal DNAT program that has connection
 * tracking, too. Medians of nine runs of a million packets each, the cost of an empty program subtracted.
 */
export const suite: BenchSuite = {
  name: 'xdp',
  title: 'Packet path: nanoseconds a packet, next to a minimal DNAT program',
  *run(filter) {
    using testBed = new TestBed();
    for (const measured of allCases().filter((candidate) => filter(caseName(candidate)))) {
      testBed.serve(measured);
      checkVerdicts(testBed, measured);
      yield measure(testBed, measured);
    }
  },
};
