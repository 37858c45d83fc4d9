import { join } from 'node:path';
import { installGoPrograms } from './go-programs.mjs';
import { findProgram } from './program.mjs';
import { toolchain } from './steps.mjs';

const folder = join(toolchain, 'chart-tools');
const kubeLinter = 'golang.stackrox.io/kube-linter/cmd/kube-linter@v0.7.6';

const find = (name, variable) => findProgram(name, { variable, unpacked: join(folder, name) });

/** The tools of the chart's tests that are on this machine or were installed before. */
export const findChartTools = () => {
  const [helm, linter] = [find('helm', 'HELM_BIN'), find('kube-linter', 'KUBE_LINTER_BIN')];
  return { ...(helm && { HELM_BIN: helm }), ...(linter && { KUBE_LINTER_BIN: linter }) };
};

/** Installs what is missing, if Go is on PATH. Helm takes two to four minutes on two cores, once. */
export const setUpChartTools = async () => {
  const found = findChartTools();
  const missing = [
    ...(found.HELM_BIN ? [] : [{ name: 'Helm', install: 'tool', module: 'infra/kubernetes/tools' }]),
    ...(found.KUBE_LINTER_BIN ? [] : [{ name: 'kube-linter', install: kubeLinter }]),
  ];
  if (missing.length > 0) await installGoPrograms(folder, missing);
  return findChartTools();
};
