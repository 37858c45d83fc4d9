import { parentPort, workerData } from 'node:worker_threads';
import { evaluate, type PayloadRules, type Verdict } from './evaluate.ts';
import { evaluateKey, type KeyRule, type KeyVerdict } from './evaluate-key.ts';
import { Progress } from './progress.ts';
import type { EvaluatedPayload } from './result.ts';

/** Whether an agent is told of a payload, or what the payload has in common with others. */
export type Question =
  | { readonly asks: 'verdict'; readonly rules: PayloadRules }
  | { readonly asks: 'key'; readonly rule: KeyRule };

export type Answer = Verdict | KeyVerdict;

/** What the worker is asked in one message. */
export interface Batch {
  readonly jobs: readonly { readonly question: Question; readonly payload: EvaluatedPayload }[];
}

/** Its answers in the same order, each with the time that the evaluation took on a processor, in milliseconds. */
export interface Answers {
  readonly answers: readonly { readonly answer: Answer; readonly tookMs: number }[];
}

/** What `Progress` shares. */
export interface WorkerData {
  readonly progress: SharedArrayBuffer;
}

const port = parentPort;
if (!port) throw new Error('This module runs in a worker.');
const progress = new Progress((workerData as WorkerData).progress);

const processorMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

port.on('message', ({ jobs }: Batch) => {
  const answers = jobs.map(({ question, payload }, index) => {
    progress.decoding(index);
    let begunAt = 0;
    const answer = answerTo(question, payload, () => {
      begunAt = processorMs();
      progress.evaluating(index, begunAt);
    });
    return { answer, tookMs: processorMs() - begunAt };
  });
  port.postMessage({ answers } satisfies Answers);
});

const answerTo = (question: Question, payload: EvaluatedPayload, ready: () => void): Answer =>
  question.asks === 'verdict'
    ? evaluate(question.rules, payload, ready)
    : evaluateKey(question.rule, payload, ready);

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
