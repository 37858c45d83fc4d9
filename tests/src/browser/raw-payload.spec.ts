import { readFile } from 'node:fs/promises';
import { waitFor } from '@mission-control/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hostilePage, hostileWays } from '../senders/hostile-page.ts';
import type { Webhook } from '../system/scene.ts';
import { type RunningSystem, startSystem } from '../system/standalone.ts';
import { findChromium, launchChromium, noChromium } from './chromium.spec-support.ts';
import { type Listener, listen } from './listener.spec-support.ts';

const executable = findChromium();

describe('the raw payload of a hostile sender, opened in a browser', () => {
  if (executable === null) {
    it('runs nothing', ({ skip }) => skip(noChromium));
    return;
  }

  let system: RunningSystem;
  let browser: Browser;
  let canary: Listener;
  const asked = new Set<string>();
  /** Opens a page in a browser that sends the admin's token by itself. */
  const open = async () => {
    const extraHTTPHeaders = { authorization: `Bearer ${system.adminToken}` };
    const context = await browser.newContext({ extraHTTPHeaders, acceptDownloads: true });
    return context.newPage();
  };

  beforeAll(async () => {
    canary = await listen((request, answer) => {
      asked.add((request.url ?? '').slice(1));
      answer.end();
    });
    browser = await launchChromium(executable);
    system = await startSystem();
  });
  afterAll(async () => {
    await browser?.close();
    await canary?.stop();
    await system?.stop();
  });
  beforeEach(() => asked.clear());

  it('would run in every way it tries if it were shown as a page', async () => {
    const page = await open();
    const careless = await listen((_, answer) => {
      answer.setHeader('content-type', 'text/html').end(hostilePage(canary.url));
    });
    try {
      await page.goto(careless.url);
      await waitFor(() => hostileWays.every((way) => asked.has(way)));
    } finally {
      await page.context().close();
      await careless.stop();
    }
  });

  it('is downloaded, and none of it is shown or run', async () => {
    const { id } = await system.admin.post<{ id: string }>('/api/v1/boards', { name: 'Hostile' });
    const webhook = await system.admin.post<Webhook>(`/api/v1/boards/${id}/webhooks`, {
      description: 'From anybody',
    });
    const html = hostilePage(canary.url);
    const headers = { 'content-type': 'text/html' };
    const accepted = await fetch(webhook.endpoint_url, { method: 'POST', body: html, headers });
    expect(accepted.status).toBe(202);
    const { payload_id } = (await accepted.json()) as { payload_id: string };

    const page = await open();
    const downloading = page.waitForEvent('download');
    const going = page.goto(`${system.url}${webhook.endpoint_path}/payloads/${payload_id}/raw`);
    await expect(going).rejects.toThrow('Download is starting');
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${payload_id}.bin`);
    expect(await readFile(await download.path(), 'utf8')).toBe(html);
    expect(await page.title()).toBe('');
    expect(await page.content()).toBe('<html><head></head><body></body></html>');
    // The test's own page makes its request after all earlier requests.
    await page.setContent(`<img src="${canary.url}/last">`);
    await waitFor(() => asked.has('last'));
    expect([...asked]).toEqual(['last']);
    await page.context().close();
  });
});
