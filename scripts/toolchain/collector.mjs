import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installGoPrograms } from './go-programs.mjs';
import { findProgram } from './program.mjs';
import { root, toolchain } from './steps.mjs';

/** Has the versions and checksums of the collector and everything in it. */
const module = 'infra/observability/tools';

const folder = () => {
  const [, version = ''] =
    /go\.opentelemetry\.io\/collector\/otelcol (\S+)/.exec(
      readFileSync(join(root, module, 'go.mod'), 'utf8'),
    ) ?? [];
  return join(toolchain, 'collector', version);
};

/** The collector that `COLLECTOR_BIN` names, or the one that was compiled before. */
export const findCollector = () => {
  const program = findProgram('collector', {
    variable: 'COLLECTOR_BIN',
    unpacked: join(folder(), 'collector'),
  });
  return program ? { COLLECTOR_BIN: program } : {};
};

/** Compiles the collector if it is missing and Go is on PATH. */
export const setUpCollector = async () => {
  const found = findCollector();
  if (found.COLLECTOR_BIN) return found;
  await installGoPrograms(folder(), [{ name: 'the OpenTelemetry Collector', install: '.', module }]);
  return findCollector();
};
