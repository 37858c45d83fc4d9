import { describe, expect, it } from 'vitest';
import { createLog } from './log.ts';

const logged = (format: 'text' | 'json', write: (log: ReturnType<typeof createLog>) => void): string => {
  let out = '';
  const destination = {
    write: (line: string) => {
      out += line;
    },
  };
  write(createLog('gateway', { level: 'info', format }, destination));
  return out;
};

describe('the log', () => {
  it('writes one line of JSON per entry', () => {
    const entry = JSON.parse(logged('json', (log) => log.info({ port: 1 }, 'started')));
    expect(entry).toMatchObject({ service: 'gateway', msg: 'started', port: 1 });
  });

  it('is readable as text, and no field can move the cursor or change the direction of the text', () => {
    const text = logged('text', (log) =>
      log.warn({ agent: 'a\u001b[2Jb\nINJECTED \u202e', n: 1 }, 'odd \u0007'),
    );
    expect(text).toMatch(/^\S+ WARN gateway odd \\u0007 agent=.* n=1\n$/);
    expect(text.trimEnd()).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it('shows an error with its stack', () => {
    expect(logged('text', (log) => log.error({ err: new Error('broken') }, 'failed'))).toMatch(
      /failed\n {4}Error: broken\n/,
    );
  });
});
