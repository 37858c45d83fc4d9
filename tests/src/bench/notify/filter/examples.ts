import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SignatureScheme, type WebhookPayloadReceived, wrapBody } from '@mission-control/contracts';
import { Evaluator } from '@mission-control/filters';
import { githubPush } from '../../../senders/samples.ts';
import { repositoryRoot } from '../../../system/repository.ts';

type Arrived = Pick<WebhookPayloadReceived, 'body' | 'contentType' | 'headers' | 'sourceIp' | 'verification'>;

/** An expression of docs/filters.md, and payloads for which it is true. */
export interface Example {
  readonly expression: string;
  /** Another object each time, as the log gives it, with a body of about 1 KiB or 7 KiB. */
  readonly payload: (size: Size) => Arrived;
}

export const sizes = ['1 KiB', '7 KiB'] as const;
export type Size = (typeof sizes)[number];

interface Sent {
  readonly scheme: SignatureScheme;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: object;
}

const fromGithub = (event: string, members: object): Sent => ({
  scheme: 'github',
  headers: {
    'user-agent': 'GitHub-Hookshot/044aadd',
    accept: '*/*',
    'content-type': 'application/json',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-github-event': event,
    'x-github-hook-id': '292430182',
    'x-github-hook-installation-target-id': '79929171',
    'x-github-hook-installation-target-type': 'repository',
    'x-hub-signature-256': '[redacted]',
  },
  members,
});

/** What passes the expressions of the page. */
const sent: readonly Sent[] = [
  fromGithub('pull_request', { action: 'closed', pull_request: { merged: true } }),
  fromGithub('workflow_run', { action: 'completed', workflow_run: { conclusion: 'failure' } }),
  fromGithub('push', { commits: [{ message: 'Fix it' }, { message: 'release: 1.2' }] }),
  {
    scheme: 'stripe',
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': '[redacted]' },
    members: { type: 'charge.succeeded', data: { object: { amount: 250_000 } } },
  },
  {
    scheme: 'token',
    headers: { 'content-type': 'application/json', 'user-agent': 'Alertmanager/0.27.0' },
    members: { status: 'firing', alerts: [{ labels: { severity: 'critical' } }] },
  },
];

const bodyOf = (members: object, size: Size): string => {
  if (size === '7 KiB') return JSON.stringify({ ...githubPush(), ...members });
  const text = 'x'.repeat(1_024 - JSON.stringify({ ...members, text: '' }).length);
  return JSON.stringify({ ...members, text });
};

const arrivalOf = ({ scheme, headers, members }: Sent): Example['payload'] => {
  const texts = Object.fromEntries(
    sizes.map((size) => {
      const arrived: Arrived = {
        body: wrapBody(Buffer.from(bodyOf(members, size))),
        contentType: headers['content-type'] ?? null,
        headers: Object.entries(headers),
        sourceIp: '192.0.2.1',
        verification: { verdict: 'verified', scheme },
      };
      return [size, JSON.stringify(arrived)];
    }),
  );
  return (size) => JSON.parse(texts[size] ?? '');
};

export const rulesOf = (notifyWhen: string) => ({
  ...{ notifyWhen, ignoreActors: [], actor: null, eventType: 'scheme' },
});

/** @throws Error if no payload passes an expression of the page: then it needs one here */
export const documentedExamples = async (): Promise<Example[]> => {
  const page = readFileSync(join(repositoryRoot, 'docs/filters.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith('notify_when\n')) ?? '';
  const expressions = [...section.matchAll(/^\| \w+ \| `(.+)` \|$/gm)].map(([, text = '']) =>
    text.replaceAll('\\|', '|'),
  );
  const evaluator = new Evaluator();
  const examples: Example[] = [];
  for (const expression of expressions) {
    const passing = sent.map(async (one) => {
      const payload = arrivalOf(one);
      const verdict = await evaluator.evaluate(expression, rulesOf(expression), payload('7 KiB'));
      return verdict.kind === 'notify' ? [payload] : [];
    });
    const [payload] = (await Promise.all(passing)).flat();
    if (!payload) throw new Error(`No payload of the bench passes ${expression}`);
    examples.push({ expression, payload });
  }
  await evaluator.close();
  return examples;
};
