import { deriveId, namespaces } from '@mission-control/contracts';
import type { Checkpoint, EventStore } from '@mission-control/event-store';
import { markRestored } from '../log/mark-restored.ts';
import { copiedEvents, copiedPrefixes, copiedSettings, isCopied } from '../log/own-streams.ts';
import { Refusal } from '../refusal.ts';
import { type Comparison, compareLogs } from '../verify/compare-logs.ts';
import { copySettings } from './copy-settings.ts';
import { LogCopier } from './log-copier.ts';
import { CopyProgress, copyStatus } from './progress.ts';
import { requireNoServices, requireNoWriters, requireUnchangedSource } from './writers.ts';

export interface CopyOptions {
  readonly source: EventStore;
  readonly target: EventStore;
  /** How long both logs must not grow before the copy begins. */
  readonly quietMs: number;
  /** Copies although services are connected to the database of one of the logs. They may belong to another installation. */
  readonly ignoreConnections?: boolean;
  readonly steps: CopySteps;
}

/** What a copy tells while it works. Positions are positions of the source. */
export interface CopySteps {
  readonly begins: (step: 'copy' | 'compare', from: bigint, to: bigint) => void;
  readonly goesOn: (events: number, position: bigint) => void;
}

export interface CopyReport extends Comparison {
  /** Events that this run copied. */
  readonly copied: number;
  /** The run continued a copy that had begun earlier. */
  readonly continued: boolean;
}

/**
 * Copies a log into an empty one, or continues to: events, then metadata and tombstones, then compares both, and marks the target.
 *
 * @throws Refusal if the logs are in use, or the target holds something else
 */
export const copyLog = async ({
  source,
  target,
  quietMs,
  ignoreConnections = false,
  steps,
}: CopyOptions): Promise<CopyReport> => {
  const head = await source.head();
  if (head === null || !(await hasEvents(source))) {
    throw new Refusal(
      'source_empty',
      'the source has no events of this installation; in a log that several share, --prefix selects one',
    );
  }
  if ((await copyStatus(source)) === 'copying') {
    throw new Refusal('source_is_copying', 'the source is itself a copy that is not complete');
  }
  const progress = await openTarget(target, head);
  if (!ignoreConnections) await requireNoServices(source, target);
  await requireNoWriters(source, target, quietMs);
  const end = (await source.head()) ?? head;
  const continued = progress.at !== null;
  const begun = progress.at ?? (await progress.record(progress.state));
  const settings = await copiedSettings(source);
  const incarnations = { source: head.incarnation, target: await incarnationOf(target) };
  steps.begins('copy', progress.state.upTo ?? 0n, end.position);
  const copier = new LogCopier(
    { source, target, incarnations, settings, progress, upTo: end.position, copied: steps.goesOn },
    begun,
  );
  const copied = await copier.copy();
  await copySettings(source, target, settings);
  steps.begins('compare', 0n, end.position);
  const comparison = await compareLogs(source, target, steps.goesOn);
  await requireUnchangedSource(source, end.position);
  if (comparison.difference === null) {
    const id = deriveId(namespaces.event, [
      'LogRestored',
      incarnations.source,
      incarnations.target,
      `${end.position}`,
    ]);
    await markRestored(target, 'copy', id);
    await progress.record({ ...progress.state, status: 'copied' });
  }
  return { ...comparison, copied, continued };
};

const hasEvents = async (source: EventStore): Promise<boolean> => {
  for await (const _ of copiedEvents(source)) return true;
  return false;
};

/** @throws Refusal unless the target is empty or holds an earlier part of this copy */
const openTarget = async (target: EventStore, source: Checkpoint): Promise<CopyProgress> => {
  const head = await target.head();
  if (head?.incarnation === source.incarnation) {
    throw new Refusal('same_log', 'source and target are the same log');
  }
  const progress = await CopyProgress.load(target, source.incarnation);
  if (progress.at === null) await requireEmpty(target);
  else if (progress.state.status === 'copied') await requireUnused(target, progress.at.position);
  return progress;
};

/** Other programs may have streams of their own in a shared log. */
const requireEmpty = async (target: EventStore): Promise<void> => {
  for await (const { stream } of target.readAll({ filter: { streamPrefixes: copiedPrefixes } })) {
    if (isCopied(stream)) {
      throw new Refusal('target_not_empty', `the target already has events (${stream}): use an empty one`);
    }
  }
};

/** A copy that is complete may be continued as long as nothing runs on it. */
const requireUnused = async (target: EventStore, since: bigint): Promise<void> => {
  for await (const { stream } of copiedEvents(target, { after: since })) {
    throw new Refusal(
      'target_not_empty',
      `the target is a complete copy, and services have used it since (${stream})`,
    );
  }
};

const incarnationOf = async (log: EventStore): Promise<string> => {
  const head = await log.head();
  if (head === null) throw new Error('the target has lost what was just written to it');
  return head.incarnation;
};
