import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The tool that the pages use and this machine lacks, as a reason to skip, or null. */
export const missingTool = (): string | null => {
  const missing = ['bash', 'curl', 'openssl'].find((tool) => spawnSync(tool, ['--version']).error);
  if (missing) return `needs ${missing} on PATH`;
  const help = spawnSync('curl', ['--help', 'http']).stdout.toString();
  return help.includes('--json') ? null : 'needs curl 7.82 or newer';
};

/** As a reason to skip; null: this openssl verifies Ed25519. LibreSSL does not. */
export const missingOpenssl = (): string | null =>
  /^OpenSSL [3-9]\./.test(spawnSync('openssl', ['version']).stdout.toString())
    ? null
    : 'needs OpenSSL 3.0 or newer';

/**
 * Runs a script with bash and only these variables.
 *
 * @throws if one of its commands fails
 */
export const shell = async (script: string, variables: Record<string, string>): Promise<string> => {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...variables };
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { env, timeout: 120_000 });
  return stdout;
};

export interface HttpAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Parses the output of `curl -i`. */
export const answerOf = (output: string): HttpAnswer => {
  const end = output.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.1 (\d{3})/.exec(output)?.[1];
  return { status: Number(status), body: JSON.parse(output.slice(end)) };
};
