import { CommandFailed } from '../command-failed.ts';
import { detailsOf } from '../output/table.ts';
import { writeText } from '../output/write.ts';
import type { Session } from '../session.ts';
import { type TimelineEntry, timelineTable } from './timeline.ts';

interface Test {
  readonly request: { readonly url: string };
  readonly response: { readonly status: number; readonly body: string };
  readonly payload: {
    readonly id: string;
    readonly status: string;
    readonly status_reason: string | null;
    readonly status_detail: string | null;
    readonly timeline: readonly TimelineEntry[];
  } | null;
}

/** Prints a test delivery. @throws CommandFailed if the sample was rejected */
export const printTest = async ({ context, json }: Session, text: string): Promise<void> => {
  const { request, response, payload } = JSON.parse(text) as Test;
  const details = detailsOf([
    ['url', request.url],
    ['response', `${response.status} ${response.body}`],
    ['payload', payload?.id],
    ['status', payload?.status],
    ['reason', payload?.status_reason],
    ['detail', payload?.status_detail],
  ]);
  const timeline = payload ? `\n${timelineTable(context)(payload.timeline)}` : '';
  await writeText(context, json ? `${text}\n` : details + timeline);
  if (payload === null)
    throw new CommandFailed('failed', 'test_rejected', `The public URL answered ${response.status}.`);
};
