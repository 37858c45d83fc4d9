import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface SignedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Milliseconds, like the other percentiles. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly accepted: number;
}

/**
 * Posts the same request `amount` times over keep-alive connections with ApacheBench, one request at a time per connection. ApacheBench
 * needs a third of the processor time of a load generator on Node, and the measured process shares the machine with it. The run is
 * bounded by count, so that every request gets a response and responses can be compared with what was stored.
 *
 * @throws if a request was not accepted
 */
export const postLoad = async (
  baseUrl: string,
  { path, headers, body }: SignedRequest,
  { connections, amount }: { connections: number; amount: number },
): Promise<LoadResult> => {
  const program = process.env.AB_BIN;
  if (!program) throw new Error('ab (ApacheBench) is needed: install apache2-utils, or set AB_BIN to it.');
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-load-'));
  try {
    const [bodyFile, percentiles] = [join(folder, 'body'), join(folder, 'percentiles.csv')];
    await writeFile(bodyFile, body);
    const { 'content-type': type = 'application/json', ...others } = headers;
    const { stdout } = await promisify(execFile)(program, [
      ...['-q', '-k', '-n', `${amount}`, '-c', `${connections}`],
      ...['-T', type, '-p', bodyFile, '-e', percentiles],
      ...Object.entries(others).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      `${baseUrl}${path}`,
    ]);
    const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1] ?? 0);
    const refused = figure('Non-2xx responses') + figure('Failed requests');
    if (refused > 0 || figure('Complete requests') !== amount) {
      throw new Error(`Not every request was accepted:\n${stdout}`);
    }
    const rows = (await readFile(percentiles, 'utf8')).split('\n').map((line) => line.split(','));
    const percentile = (p: number) => Number(rows.find(([percent]) => percent === `${p}`)?.[1]);
    return {
      requestsPerSecond: figure('Requests per second'),
      p50: percentile(50),
      p95: percentile(95),
      p99: percentile(99),
      accepted: amount,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
