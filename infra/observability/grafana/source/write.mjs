// node infra/observability/grafana/source/write.mjs: writes the dashboards. A spec checks that the files are those of this source.
import { writeFileSync } from 'node:fs';
import { dashboards } from './dashboards.mjs';

for (const [name, dashboard] of Object.entries(dashboards)) {
  writeFileSync(
    new URL(`../dashboards/${name}.json`, import.meta.url),
    `${JSON.stringify(dashboard, null, 2)}\n`,
  );
}
