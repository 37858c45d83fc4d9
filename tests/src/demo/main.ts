import { readFile } from 'node:fs/promises';
import { startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { Command } from 'commander';
import { githubDelivery } from '../senders/github.ts';
import { hmacDelivery } from '../senders/hmac.ts';
import { hostilePage } from '../senders/hostile-page.ts';
import { type Delivery, postUntilAccepted } from '../senders/post.ts';
import { githubPush, stripeSubscriptionCreated } from '../senders/samples.ts';
import { stripeDelivery } from '../senders/stripe.ts';
import { AdminClient } from '../system/admin-client.ts';
import { setScene, type Webhook } from '../system/scene.ts';
import { startSystem } from '../system/standalone.ts';

const say = (text = '') => process.stdout.write(`${text}\n`);

const shownLines = 24;

interface System {
  readonly admin: AdminClient;
  readonly stop: () => Promise<unknown>;
}

/** The system that runs at the URL, otherwise one started for the demo in a temporary folder. */
const findOrStart = async (url: string, tokenFile: string): Promise<System> => {
  const running = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.ok,
    () => false,
  );
  if (running) {
    const token = process.env.LOCAL_AUTH_TOKEN ?? (await readToken(tokenFile));
    say(`Using the system at ${url}.`);
    return {
      admin: new AdminClient(url, token),
      stop: async () =>
        say(
          '\nThe board "Demo" remains, with its agent, webhooks and OpenClaw gateway. Delete them when you are done.',
        ),
    };
  }
  say(`Nothing answers at ${url}. Starting a system for the demo in a temporary folder.`);
  const system = await startSystem();
  return { admin: system.admin, stop: system.stop };
};

const readToken = async (file: string): Promise<string> => {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw new Error(
      `${file} cannot be read. Pass the admin token with --token-file <file> or LOCAL_AUTH_TOKEN=…`,
    );
  }
};

interface Step {
  readonly at: string;
  readonly what: string;
  readonly [detail: string]: unknown;
}

const ends: ReadonlySet<string> = new Set(['handled', 'run_failed', 'outcome_unknown', 'failed', 'parked']);

/** Sends a delivery, follows the payload until the agent's run on it has ended, and prints each step. Resolves to the payload's path. */
const follow = async (
  admin: AdminClient,
  webhook: Webhook,
  name: string,
  delivery: Delivery,
): Promise<string> => {
  const startedAt = performance.now();
  const { payloadId } = await postUntilAccepted(delivery, { patienceMs: 60_000 });
  const path = `${webhook.endpoint_path}/payloads/${payloadId}`;
  say(
    `\n${name}: ${Buffer.byteLength(delivery.body)} bytes, 202 after ${Math.round(performance.now() - startedAt)} ms`,
  );
  say(`  payload ${payloadId}`);
  await waitFor(
    async () => {
      const { status } = (await admin.call('GET', path)).body as { status?: string };
      return ends.has(status ?? '');
    },
    { timeout: 12_000 },
  );
  const { items } = await admin.get<{ items: Step[] }>(`${path}/timeline`);
  for (const { at, what, ...details } of items) {
    const rest = Object.entries(details)
      .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
      .map(([key, value]) => `${key}=${value}`);
    say(`  ${at}  ${what.padEnd(18)} ${rest.join(' ')}`);
  }
  const memory = await admin.get<{ items: { id: string; tags: string[] }[] }>(
    `/api/v1/boards/${webhook.board_id}/memory?is_chat=false&limit=10`,
  );
  const entry = memory.items.find(({ tags }) => tags.includes(`payload:${payloadId}`));
  say(`  in board memory: ${entry ? `entry ${entry.id}` : 'NOT FOUND'}`);
  if (!entry) process.exitCode = 1;
  return path;
};

const demo = async ({
  url,
  tokenFile,
  openclawHost,
}: {
  url: string;
  tokenFile: string;
  openclawHost?: string;
}): Promise<void> => {
  const openclaw = await startOpenClawSimulator({ host: openclawHost });
  const system = await findOrStart(url.replace(/\/+$/, ''), tokenFile);
  try {
    const { admin } = system;
    const scene = await setScene(admin, openclaw, 'Demo');
    say(`Board ${scene.boardId}, lead agent ${scene.agentId}, simulated OpenClaw gateway ${openclaw.url}`);
    const endpoint = (webhook: Webhook) => `${admin.baseUrl}${webhook.endpoint_path}`;

    const github = await scene.webhook('github', 'Create a task for each commit pushed to main.');
    const push = await githubDelivery(endpoint(github), scene.secret, 'push', githubPush());
    await follow(admin, github, 'GitHub push', push);

    const stripe = await scene.webhook('stripe', 'Create an onboarding task for each new subscription.');
    const now = Math.floor(Date.now() / 1000);
    const event = stripeSubscriptionCreated(`evt_demo_${now}`, now);
    await follow(
      admin,
      stripe,
      'Stripe customer.subscription.created',
      stripeDelivery(endpoint(stripe), scene.secret, event),
    );

    const script = await scene.webhook('hmac', 'Note what comes in.');
    const page = hostilePage('https://attacker.example');
    const hostile = hmacDelivery(endpoint(script), scene.secret, 'text/html', page);
    const path = await follow(admin, script, 'A page full of scripts', hostile);
    const { headers } = await admin.call('GET', `${path}/raw`);
    say(`  byte for byte, for holders of the token, at ${admin.baseUrl}${path}/raw`);
    say(`  Opening it runs nothing: browsers download it (${headers.get('content-disposition')}).`);

    say('\nWhat the agent was told last:');
    const lines = (Object.values(openclaw.sessions()).flat().at(-1)?.text ?? 'nothing').split('\n');
    for (const line of lines.slice(0, shownLines)) say(`  | ${line}`);
    if (lines.length > shownLines) say(`  | … and ${lines.length - shownLines} more lines`);
  } finally {
    await system.stop();
    await openclaw.stop();
  }
};

await new Command('npm run demo --')
  .description(
    'Sends signed deliveries from GitHub, Stripe and a hostile sender through the public URL and follows them to an agent’s session.',
  )
  .option('--url <url>', 'a running system', `http://127.0.0.1:${process.env.PORT ?? 8000}`)
  .option(
    '--token-file <file>',
    'its admin token (or set LOCAL_AUTH_TOKEN)',
    `${process.env.DATA_DIR ?? '.data'}/admin-token`,
  )
  .option(
    '--openclaw-host <name>',
    'how the system reaches this machine, for the simulated OpenClaw gateway (default: loopback)',
  )
  .action(demo)
  .parseAsync()
  .catch((error: Error) => {
    process.stderr.write(`The demo failed: ${error.message}\n`);
    process.exitCode = 1;
  });
