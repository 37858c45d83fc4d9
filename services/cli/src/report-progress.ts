import type { CopySteps } from './copy/copy-log.ts';

/** Milliseconds between two lines, on a terminal and elsewhere. */
const pauses = { terminal: 500, elsewhere: 10_000 };

const titles = { copy: 'copying', compare: 'comparing' } as const;

/** Writes the progress of the steps to standard error: on a terminal in one line, elsewhere as lines. */
export const progressOn = (output: NodeJS.WriteStream): CopySteps & { readonly end: () => void } => {
  let step: keyof typeof titles = 'copy';
  let began = performance.now();
  let range = { from: 0n, to: 0n };
  let saidAt = 0;
  let open = false;
  const say = (line: string) => {
    open = output.isTTY === true;
    output.write(open ? `\r\u001b[K${line}` : `${line}\n`);
  };
  const end = () => {
    if (open) output.write('\n');
    open = false;
  };
  return {
    begins: (next, from, to) => {
      end();
      step = next;
      range = { from, to };
      began = performance.now();
      saidAt = 0;
      say(`${titles[step]} …`);
    },
    goesOn: (events, position) => {
      const now = performance.now();
      if (now - saidAt < (output.isTTY ? pauses.terminal : pauses.elsewhere)) return;
      saidAt = now;
      say(`${titles[step]}: ${progressLine(events, (now - began) / 1000, fractionOf(range, position))}`);
    },
    end,
  };
};

const fractionOf = ({ from, to }: { from: bigint; to: bigint }, position: bigint): number =>
  to <= from ? 1 : Number(((position - from) * 10_000n) / (to - from)) / 10_000;

/** @param fraction of the positions that are done, from 0 to 1 */
const progressLine = (events: number, seconds: number, fraction: number): string => {
  const rate = seconds > 0 ? Math.round(events / seconds) : 0;
  const left = fraction > 0 ? timeOf((seconds / fraction) * (1 - fraction)) : 'unknown';
  const done = (fraction * 100).toFixed(1);
  return `${events.toLocaleString('en')} events, ${done} %, ${rate.toLocaleString('en')} events/s, ${left} left`;
};

const timeOf = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.ceil(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
