import { parseArgs } from 'node:util';
// The first of the modules here: lib counts its branches while it is loaded.
import { Edges } from './edges.js';
import { Fuzzer, type TargetReport } from './fuzzer.js';
import { TARGETS } from './targets/index.js';

const { values } = parseArgs({
  options: {
    edges: { type: 'string' },
    corpus: { type: 'string' },
    findings: { type: 'string' },
    cases: { type: 'string', default: '1300000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    target: { type: 'string' },
  },
});
/** How much more heap the end may have than the middle. */
const HEAP_MARGIN = 4_000_000;

const seed = Number(values.seed);
const fuzzer = new Fuzzer({
  edges: new Edges(Number(values.edges)),
  corpus: values.corpus!,
  findings: values.findings!,
  seed,
});
const chosen = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);

const line = ({ target, cases, ms, edges, corpus, outcomes, heap: [middle, end] }: TargetReport): string =>
  [
    target.padEnd(14),
    String(cases).padStart(9),
    String(Math.round((cases / ms) * 1000)).padStart(8),
    String(edges).padStart(6),
    String(corpus).padStart(7),
    `${(middle / 1e6).toFixed(1)} → ${(end / 1e6).toFixed(1)}`.padStart(13),
    ` ${Object.entries(outcomes)
      .sort(([, a], [, b]) => b - a)
      .map(([word, count]) => `${word} ${count}`)
      .join(', ')}`,
  ].join(' ');

console.log(`seed ${seed}`);
console.log('target             cases  cases/s  edges  corpus       heap MB  outcomes');
let [all, failed] = [0, 0];
for (const target of chosen) {
  const report = await fuzzer.run(
    target,
    Math.max(1, Math.round(Number(values.cases) * (target.share ?? 1))),
  );
  console.log(line(report));
  for (const finding of report.findings) console.error(finding);
  const grows = report.heap[1] - report.heap[0] > HEAP_MARGIN;
  if (grows)
    console.error(
      `${target.name}: the heap must stay flat, but it grew by ${report.heap[1] - report.heap[0]} bytes`,
    );
  all += report.cases;
  failed += (report.outcomes['FOUND'] ?? 0) + (grows ? 1 : 0);
}
console.log(`${all} cases: ${all - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0;
