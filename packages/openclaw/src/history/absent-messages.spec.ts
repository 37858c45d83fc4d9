import { describe, expect, it } from 'vitest';
import { scriptedGateway } from '../scripted-gateway.spec-support.ts';
import { connect, within } from '../simulated.spec-support.ts';

const done = { endedAt: 1 };
const empty = { sessionId: 's', messages: [], hasMore: false };
const rowOf = (key: string) => ({ role: 'user', content: 'x', idempotencyKey: `${key}:user` });
const reset = { role: 'system', timestamp: 1, __openclaw: { kind: 'reset', id: 'r' } };

/** @param waits answers of agent.wait by key @param pages answers of chat.history, the last one for ever */
const found = async (
  waits: Record<string, object>,
  pages: readonly object[] = [empty],
  mode: 'quick' | 'complete' = 'complete',
) => {
  let page = 0;
  const asked: unknown[] = [];
  const url = await scriptedGateway({
    'chat.history': () => pages[Math.min(page++, pages.length - 1)],
    'agent.wait': ({ runId }) => {
      asked.push(runId);
      return { runId, status: 'timeout', ...waits[String(runId)] };
    },
  });
  const { connection } = connect({ url });
  const answer = await connection.find('Lead', Object.keys(waits), { mode, ...within });
  if (answer.kind !== 'found') throw new Error(`The look-up was ${answer.kind}.`);
  return { keys: Object.fromEntries(answer.keys), complete: answer.complete, asked };
};

describe('a message without a row and a receipt', () => {
  it('is reported as what the OpenClaw gateway remembers of it', async () => {
    const { keys } = await found({
      waiting: { status: 'pending', timeoutPhase: 'queue', providerStarted: false },
      left: { status: 'ok', ...done },
      stopped: { status: 'error', stopReason: 'rpc', ...done },
      answered: { status: 'ok', terminalReply: { disposition: 'visible' }, ...done },
      unknown: { status: 'timeout' },
    });
    expect(keys).toEqual({
      waiting: 'queued',
      left: 'dropped',
      stopped: 'interrupted',
      answered: 'consumed',
    });
  });

  it('is in the history if its row was written before it left the queue', async () => {
    const later = { ...empty, messages: [rowOf('k1')] };
    expect((await found({ k1: { status: 'ok', ...done } }, [empty, later])).keys).toEqual({ k1: 'history' });
  });

  it('is absent if the session was reset, or if its history is not complete', async () => {
    const left = { k1: { status: 'ok', ...done } };
    expect((await found(left, [{ ...empty, messages: [reset] }])).keys).toEqual({});
    const { hasMore: _, ...unpaged } = empty;
    expect(await found(left, [unpaged])).toMatchObject({ keys: {}, complete: false });
  });

  it('is queried in the complete mode only', async () => {
    expect(await found({ k1: { status: 'ok', ...done } }, [empty], 'quick')).toMatchObject({
      keys: {},
      asked: [],
    });
  });
});
