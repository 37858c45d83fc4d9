import { Presets, SingleBar } from 'cli-progress';
import type { Context } from '../context.ts';

export interface Progress {
  /** @param note such as the time left, which the system knows */
  readonly at: (done: number, total: number, note?: string) => void;
  readonly end: () => void;
}

/** A bar on standard error, if that is a terminal. Elsewhere nothing is shown: the result says how it went. */
export const progressOf = ({ stderr }: Context, title: string): Progress => {
  if (stderr.isTTY !== true) return { at: () => {}, end: () => {} };
  const format = `${title} {bar} {percentage} %  {value}/{total}  {note}`;
  const bar = new SingleBar({ stream: stderr, format, hideCursor: true }, Presets.shades_classic);
  let isStarted = false;
  return {
    at: (done, total, note = '') => {
      if (!isStarted) bar.start(total, done, { note });
      isStarted = true;
      bar.setTotal(total);
      bar.update(done, { note });
    },
    end: () => bar.stop(),
  };
};
