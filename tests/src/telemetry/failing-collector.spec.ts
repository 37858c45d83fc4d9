import { freePort } from '@mission-control/free-ports';
import { startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { postUntilAccepted } from '../senders/post.ts';
import { setScene } from '../system/scene.ts';
import { serviceNames, startSystem } from '../system/standalone.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';

const deliveries = 20;

const collectors: readonly { name: string; start: () => Promise<Pick<OtlpReceiver, 'url' | 'stop'>> }[] = [
  {
    name: 'is dead',
    start: async () => ({ url: `http://127.0.0.1:${await freePort()}`, stop: async () => {} }),
  },
  { name: 'refuses', start: () => startOtlpReceiver('refuse') },
  { name: 'never answers', start: () => startOtlpReceiver('silent') },
];

const usual = ['refuses', 'never answers'];

describe.each(collectors)('a collector that $name', ({ name: fault, start }) => {
  it('loses nothing but telemetry, and every service still stops in time', async ({ skip }) => {
    if (process.env.TEST_SIZE !== 'full' && !usual.includes(fault))
      skip('is much like one that refuses: npm run test:full runs it');
    const collector = await start();
    onTestFinished(collector.stop);
    const openclaw = await startOpenClawSimulator();
    onTestFinished(() => openclaw.stop());
    const system = await startSystem({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OTEL_BLRP_SCHEDULE_DELAY: '100',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
      },
    });
    let stopped = false;
    onTestFinished(async () => {
      if (!stopped) await system.stop();
    });
    const scene = await setScene(system.admin, openclaw, 'Dark');
    const webhook = await scene.webhook('github', 'Look at each push');
    for (let n = 0; n < deliveries; n += 1) {
      const url = `${system.url}${webhook.endpoint_path}`;
      await postUntilAccepted(await githubDelivery(url, scene.secret, 'push', { n }));
    }
    await waitFor(async () => {
      const path = `${webhook.endpoint_path}/payloads?status=handled&limit=1`;
      return (await system.admin.get<{ total: number }>(path)).total === deliveries;
    });
    stopped = true;
    expect(await system.stop()).toBe(0);
    const output = system.process.output();
    for (const name of serviceNames) {
      expect(output).toMatch(new RegExp(`"service":"${name}".*"msg":"stopped"`));
    }
    expect(output).not.toContain('did not stop in time');
    // The exporter gives up a silent collector only after 10 s, which this test does not wait for.
    if (fault !== 'never answers') expect(output).toContain('telemetry is not exported');
  });
});
