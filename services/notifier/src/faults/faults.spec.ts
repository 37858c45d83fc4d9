import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notifierTimes } from '../lane/lane-parts.ts';
import { Surroundings } from '../testing/test-notifier.ts';
import { AdminView } from './testing/admin-view.ts';
import { answers } from './testing/answers.ts';
import { expectedOf, type Fault } from './testing/fault.ts';
import { losses } from './testing/losses.ts';
import { play } from './testing/play.ts';
import { rejections } from './testing/rejections.ts';
import { runs } from './testing/runs.ts';
import { unreachable } from './testing/unreachable.ts';

/** Longer timeouts would change only the faults that these end. */
const shortTimeout = { NOTIFIER_ANSWER_TIMEOUT_SECONDS: '5' };

describe.each<
  [string, readonly Fault[], { env?: Record<string, string>; times?: Partial<typeof notifierTimes> }]
>([
  ['while it is away', unreachable, {}],
  ['when it rejects us or the message', rejections, {}],
  ['when it answers wrongly', answers.filter((fault) => !fault.shortTimeout), {}],
  ['when it does not answer', answers.filter((fault) => fault.shortTimeout), { env: shortTimeout }],
  ['when it loses messages', losses, { times: { unknownRun: 2_000, askAboutRun: 500 } }],
  ['when runs fail', runs, { times: { longestRun: 20_000 } }],
])('an OpenClaw gateway, %s', (_, faults, { env, times }) => {
  let around: Surroundings;
  let admin: AdminView;
  /** Each fault has an OpenClaw gateway of its own, so all of them happen at once. */
  const played = new Map<string, ReturnType<typeof play>>();

  beforeAll(async () => {
    around = await Surroundings.create();
    admin = await AdminView.open(around);
    await around.notifier(env, { times: { ...notifierTimes, ...times } });
    for (const fault of faults) {
      const playing = play(around, admin, fault);
      playing.catch(() => {});
      played.set(fault.name, playing);
    }
  });
  afterAll(async () => {
    await Promise.allSettled(played.values());
    await admin.stop();
    await around.end();
  });

  it.each(faults.map((fault) => [fault.name, fault] as const))('%s', async (name, fault) => {
    expect(await played.get(name)).toEqual(expectedOf(fault));
  });
});

describe('docs/openclaw-gateways.md', () => {
  const documented = readFileSync(new URL('../../../../docs/openclaw-gateways.md', import.meta.url), 'utf8');
  const all = [unreachable, rejections, answers, losses, runs].flat();

  it.each(all.map((fault) => [fault.name, fault] as const))('has what is seen of: %s', (name, fault) => {
    const row = documented.split('\n').find((line) => line.startsWith(`| ${name} |`));
    const { meanwhile, finally: last } = expectedOf(fault);
    const states = [meanwhile?.payload, meanwhile?.gateway.split(',')[0], last.payload];
    for (const word of states.flatMap((state) => state?.split(' ') ?? []))
      expect(row).toContain(`\`${word}\``);
  });

  it('has no other faults', () => {
    const [, table = ''] = documented.split('## What happens when …');
    const names = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| (?!fault|---)(.+?) \|/gm)].map(
      ([, name]) => name,
    );
    expect(names).toEqual(all.map(({ name }) => name));
  });
});
