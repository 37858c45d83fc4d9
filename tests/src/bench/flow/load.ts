import { readFileSync } from 'node:fs';
import { atRate } from '../notify/latency.ts';
import { KeptConnection } from './kept-connection.ts';

export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly amount: number;
  /** With one request in flight on each. */
  readonly connections: number;
  /** As fast as they are answered if absent. */
  readonly perSecond?: number;
}

export interface LoadAnswers {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Of this process, milliseconds. */
  readonly cpuMs: number;
  /** The payload's id and when its 202 came. */
  readonly accepted: readonly (readonly [payloadId: string, at: number])[];
  /** Answers other than 202, by status. */
  readonly others: Readonly<Record<string, number>>;
}

/**
 * The load generator, a process of its own: `node load.js <file with a LoadPlan>`. Prints `begun` before the first request, `ended` after the
 * last answer, and its LoadAnswers as a line of JSON.
 */
const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadPlan;
const { host, port, body, amount, connections } = plan;
const requests = plan.paths.map((path) =>
  Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      `host: ${host}:${port}`,
      ...Object.entries(plan.headers).map(([name, value]) => `${name}: ${value}`),
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  ),
);
const idle = await Promise.all(Array.from({ length: connections }, () => KeptConnection.open(host, port)));
const accepted: [string, number][] = [];
const others: Record<string, number> = {};

const post = async (n: number, connection: KeptConnection): Promise<void> => {
  const { status, text } = await connection.send(requests[n % requests.length] as Buffer);
  if (status === 202) accepted.push([(JSON.parse(text) as { payload_id: string }).payload_id, Date.now()]);
  else others[status] = (others[status] ?? 0) + 1;
};

process.stdout.write('begun\n');
const cpu = process.cpuUsage();
const startedAt = Date.now();
if (plan.perSecond === undefined) {
  let next = 0;
  const sender = async (connection: KeptConnection) => {
    while (next < amount) await post(next++, connection);
  };
  await Promise.all(idle.map(sender));
} else {
  await atRate({ amount, perSecond: plan.perSecond }, async (n) => {
    // The one that has been idle longest. If all are busy, one more: the rate must not depend on the answers.
    const connection = idle.shift() ?? (await KeptConnection.open(host, port));
    await post(n, connection);
    idle.push(connection);
  });
}
const endedAt = Date.now();
process.stdout.write('ended\n');
const { user, system } = process.cpuUsage(cpu);
const answers: LoadAnswers = { startedAt, endedAt, cpuMs: (user + system) / 1000, accepted, others };
process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit(0));
