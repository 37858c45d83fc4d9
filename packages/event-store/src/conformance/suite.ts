import type { ConformanceCase } from './case.ts';
import { append } from './cases/append.ts';
import { close } from './cases/close.ts';
import { contents } from './cases/contents.ts';
import { hidden } from './cases/hidden.ts';
import { installations } from './cases/installations.ts';
import { order } from './cases/order.ts';
import { reading } from './cases/reading.ts';
import { repeats } from './cases/repeats.ts';
import { resuming } from './cases/resuming.ts';
import { streams } from './cases/streams.ts';
import { subscriptions } from './cases/subscriptions.ts';
import { wholeLog } from './cases/whole-log.ts';

/** The guarantees of the port, case by case, in the order of its comment. */
export const suite: readonly ConformanceCase[] = [
  streams,
  installations,
  contents,
  append,
  repeats,
  order,
  hidden,
  reading,
  wholeLog,
  subscriptions,
  resuming,
  close,
].flat();
