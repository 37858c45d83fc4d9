import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '../../system/service-process.ts';
import { signedRequest } from '../ingest/webhooks.ts';
import type { Target } from '../notify/scene.ts';
import type { LoadAnswers, LoadPlan } from './load.ts';

/**
 * Posts signed requests of 1 KiB to the webhooks in turn, from a process of its own.
 *
 * @param sample is called before the first request and after the last answer
 * @throws if one was not accepted
 */
export const postLoad = async <T>(
  gatewayUrl: string,
  targets: readonly Target[],
  load: Pick<LoadPlan, 'amount' | 'connections' | 'perSecond'>,
  sample: () => T,
): Promise<{ readonly answers: LoadAnswers; readonly before: T; readonly after: T }> => {
  const { hostname: host, port } = new URL(gatewayUrl);
  const paths = targets.map(({ boardId, webhookId }) => `/api/v1/boards/${boardId}/webhooks/${webhookId}`);
  const { headers, body } = signedRequest({ path: '/' });
  const plan: LoadPlan = { host, port: Number(port), paths, headers, body, ...load };
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-load-'));
  try {
    const file = join(folder, 'plan.json');
    await writeFile(file, JSON.stringify(plan));
    const process = startProcess('tests/dist/bench/flow/load.js', { args: [file] });
    await process.printed(/^begun$/m);
    const before = sample();
    await process.printed(/^ended$/m);
    const after = sample();
    if ((await process.exited) !== 0) throw new Error(`The load generator failed:\n${process.output()}`);
    const answers = JSON.parse(/^\{.*/m.exec(process.output())?.[0] ?? '') as LoadAnswers;
    if (answers.accepted.length !== load.amount) {
      throw new Error(
        `${load.amount - answers.accepted.length} of ${load.amount} requests were not accepted: ${JSON.stringify(answers.others)}`,
      );
    }
    return { answers, before, after };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
