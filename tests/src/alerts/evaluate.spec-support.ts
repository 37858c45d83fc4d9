import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promtool } from './promtool.spec-support.ts';
import { rulesFile } from './scrape.spec-support.ts';
import { type Phase, step, timeline } from './timeline.spec-support.ts';

/**
 * Lets Prometheus' own tool evaluate the rules on the phases.
 *
 * @param firing the alerts that fire at the end of each phase
 * @throws with what fires instead
 */
export const expectAlerts = async (
  phases: readonly Phase[],
  firing: readonly (readonly string[])[],
): Promise<void> => {
  let end = 0;
  const expressions = phases.map((phase, index) => {
    end += phase.minutes;
    return {
      expr: 'group by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: `${end - step}m`,
      exp_samples: (firing[index] ?? []).map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
    };
  });
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-alerts-'));
  try {
    const file = join(folder, 'scraped.yml');
    const test = { interval: `${step}m`, input_series: timeline(phases), promql_expr_test: expressions };
    // JSON is YAML.
    await writeFile(
      file,
      JSON.stringify({ rule_files: [rulesFile], evaluation_interval: `${step}m`, tests: [test] }),
    );
    await promtool(['test', 'rules', file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
