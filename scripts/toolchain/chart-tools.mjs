import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './program.mjs';
import { endOf, root, run, say, toolchain } from './steps.mjs';

const folder = join(toolchain, 'chart-tools');
const kubeLinter = 'golang.stackrox.io/kube-linter/cmd/kube-linter@v0.7.6';

const find = (name, variable) => findProgram(name, { variable, unpacked: join(folder, name) });

/** The tools of the chart's tests that are on this machine or were installed before. */
export const findChartTools = () => {
  const [helm, linter] = [find('helm', 'HELM_BIN'), find('kube-linter', 'KUBE_LINTER_BIN')];
  return { ...(helm && { HELM_BIN: helm }), ...(linter && { KUBE_LINTER_BIN: linter }) };
};

/**
 * Installs what is missing, if Go is on PATH. Helm takes two to four minutes on two cores, once. A tool that cannot be installed is left
 * out, and the tests that need it are skipped.
 */
export const setUpChartTools = async () => {
  const found = findChartTools();
  if (found.HELM_BIN && found.KUBE_LINTER_BIN) return found;
  mkdirSync(folder, { recursive: true });
  const caches = join(folder, 'go');
  const env = {
    GOBIN: folder,
    GOMODCACHE: join(caches, 'modules'),
    GOCACHE: join(caches, 'build'),
    GOFLAGS: '-modcacherw',
  };
  try {
    // The versions and checksums of Helm and everything in it are in this module.
    const tools = join(root, 'infra/kubernetes/tools');
    if (!found.HELM_BIN) await install('Helm', ['install', 'tool'], { env, cwd: tools });
    if (!found.KUBE_LINTER_BIN) await install('kube-linter', ['install', kubeLinter], { env });
  } finally {
    if (existsSync(caches)) rmSync(caches, { recursive: true, force: true });
  }
  return findChartTools();
};

const install = async (name, args, options) => {
  say(`compiling ${name}`);
  const { code, output } = await run('go', args, options);
  if (code !== 0) say(`${name} is not installed: ${endOf(output)}`);
};
