import type { RunEnd } from '../port.ts';

/** The agent decided to say nothing, or had nothing to say. */
export const noReply: RunEnd = { outcome: 'no_reply', code: null, detail: null };
export const ok: RunEnd = { outcome: 'ok', code: null, detail: null };

/** @param code why it was stopped: `aborted`, `rpc` (by a client's request), `restart` */
export const skipped = (code: string | undefined): RunEnd => ({
  outcome: 'skipped',
  code: codeOf(code),
  detail: null,
});

/** @returns null for text that is not a code */
export const codeOf = (text: unknown): string | null =>
  typeof text === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : null;
