import { parentPort, workerData } from 'node:worker_threads';
import { type EvaluatedPayload, evaluate, type PayloadRules, type Verdict } from './evaluate.ts';

/** What the worker is asked in one message. */
export interface Batch {
  readonly jobs: readonly { readonly rules: PayloadRules; readonly payload: EvaluatedPayload }[];
}

/** Its answers in the same order, each with the time that the evaluation took on a processor, in milliseconds. */
export interface Answers {
  readonly verdicts: readonly { readonly verdict: Verdict; readonly tookMs: number }[];
}

/**
 * Shared with the thread that waits: twice the index of the payload in progress, plus 1 once its rules are evaluated. A worker that
 * evaluates cannot send messages.
 */
export interface WorkerData {
  readonly progress: SharedArrayBuffer;
}

const port = parentPort;
if (!port) throw new Error('This module runs in a worker.');
const progress = new Int32Array((workerData as WorkerData).progress);

const processorMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

port.on('message', ({ jobs }: Batch) => {
  const verdicts = jobs.map(({ rules, payload }, index) => {
    Atomics.store(progress, 0, 2 * index);
    let begunAt = 0;
    const verdict = evaluate(rules, payload, () => {
      Atomics.store(progress, 0, 2 * index + 1);
      begunAt = processorMs();
    });
    return { verdict, tookMs: processorMs() - begunAt };
  });
  port.postMessage({ verdicts } satisfies Answers);
});

/** What is run for the first time takes many times as long, so that is done before any limit applies. */
const warmUp = (): void => {
  const notifyWhen =
    'has(body.a) && body.a.matches("^b") || headers["a"].startsWith("b") && body.c.exists(d, d.e == 1 || d.e > 1.5) || event_type in [source_ip]';
  const data = JSON.stringify({ a: 'c', c: [{ e: 0 }] });
  const payload: EvaluatedPayload = {
    body: { enc: null, encoding: 'utf8', data },
    contentType: 'application/json',
    headers: [['a', 'c']],
    sourceIp: '',
    verification: { verdict: 'unverified', scheme: 'none' },
  };
  const rules = { notifyWhen, ignoreActors: ['a'], actor: null, eventType: 'scheme' };
  for (let n = 0; n < 20; n += 1) evaluate(rules, payload, () => {});
};

warmUp();
processorMs();
port.postMessage('ready');
