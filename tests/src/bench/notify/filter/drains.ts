import { githubPush } from '../../../senders/samples.ts';
import type { Contender } from '../contenders.ts';
import { type Drain, drain } from '../drain.ts';
import { type Settings, sampleOf, type Target } from '../scene.ts';

const sides = ['with', 'without'] as const;

/** The same payloads, agents and services, by webhooks with and without such settings. */
export type FilteredRound = Readonly<Record<(typeof sides)[number], Drain>>;

const settings: Readonly<Record<(typeof sides)[number], Settings>> = {
  with: {
    notifyWhen:
      'event_type == "push" && body.commits.exists(commit, commit.message != "") && !has(body.dry_run)',
    ignoreActors: ['our-release-bot'],
    messageFields: ['/head_commit/message', '/repository/full_name'],
    messageTemplate: '{{event_type}} by {{/pusher/name}} to {{/ref}}',
  },
  without: {},
};

const warmUps = 1;

/** Alternates drains of 7 KiB payloads to one agent on each OpenClaw gateway. All of them pass the rules. */
export const measureFilteredDrains = async (
  { services, simulated, gateways }: Contender,
  options: { rounds: number; deliveries: number; postgresPid: number | undefined },
): Promise<FilteredRound[]> => {
  const { rounds, deliveries: amount, postgresPid } = options;
  const sample = sampleOf(githubPush(), { 'x-github-event': 'push' });
  const targets: Record<string, Target[]> = { with: [], without: [] };
  for (const side of sides)
    for (const agent of gateways) targets[side]?.push(await services.scene.webhook(agent, settings[side]));
  const measured: FilteredRound[] = [];
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    const drains: Record<string, Drain> = {};
    for (const side of round % 2 ? sides : sides.toReversed()) {
      const one = await drain(services, simulated, {
        ...{ targets: targets[side] ?? [], amount, postgresPid, sample },
      });
      const which = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
      process.stderr.write(`${which}  ${side} filters and previews: ${one.toldRate.toFixed(0)} told/s\n`);
      drains[side] = one;
    }
    if (round > 0) measured.push(drains as FilteredRound);
  }
  return measured;
};
