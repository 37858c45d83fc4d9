import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardFolder } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, runMcw } from '../testing/run-mcw.ts';
import { SealedExport, textsOf } from '../testing/sealed-export.ts';

let folder: string;
let release: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-verify-'));
  const guard = guardFolder(folder);
  release = () => guard.release();
});
afterAll(() => release());

const verify = async (text: string) => {
  const file = join(folder, 'export.ndjson');
  await writeFile(file, text);
  return runMcw(['audit', 'verify', file, '--json']);
};

/** An export with texts that some programs take for several lines. */
const withSeparators = (): string[] => {
  const exported = new SealedExport();
  for (const separator of ['\u2028', '\u2029', '\u0085', '\v', '\f', '\r', '\n'])
    exported.add('memory-1', 'Happened', { content: `one${separator}two` });
  exported.seal();
  return textsOf(exported.lines);
};

describe('mcw audit verify', () => {
  it('takes only a line feed for the end of a line', async () => {
    const { error, stdout } = await verify(`${withSeparators().join('\n')}\n`);
    expect(error).toBeNull();
    expect(JSON.parse(stdout)).toMatchObject({ status: 'verified', leaves: 7 });
  });

  it('accepts an export whose lines were written in another way', async () => {
    const lines = withSeparators().map((line) =>
      JSON.stringify(JSON.parse(line), null, 1).replaceAll('\n', ' '),
    );
    for (const end of ['\n', '\r\n']) {
      const { error, stdout } = await verify(lines.join(end));
      expect(error).toBeNull();
      expect(JSON.parse(stdout)).toMatchObject({ status: 'verified', leaves: 7 });
    }
  });

  it('says what a fault in the beginning has to do with the end', async () => {
    const exported = SealedExport.of(60);
    const [first = '', ...others] = textsOf(exported.lines);
    const moved = await verify([...others.slice(0, 2), first, ...others.slice(2)].join('\n'));
    expect(failureOf(moved).code).toBe('history_reordered');
    const altered = await verify([first.replace('"n":1', '"n":2'), ...others].join('\n'));
    expect(failureOf(altered).code).toBe('history_altered');
  });

  it('finds the events after a line that is none', async () => {
    const lines = textsOf(SealedExport.of(60).lines);
    const spoiled = await verify(['x'.repeat(2_000_000), ...lines].join('\n'));
    expect(failureOf(spoiled)).toMatchObject({
      code: 'history_altered',
      message: expect.stringContaining('Line 1'),
    });
    const { stdout } = spoiled;
    expect(JSON.parse(stdout).from).toBe('log:1');
    expect(failureOf(await verify('')).code).toBe('bad_file');
  });
});
