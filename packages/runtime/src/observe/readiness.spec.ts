import { expect, it } from 'vitest';
import { checkReadiness } from './readiness.ts';

const away = () => {
  throw new Error('away');
};

it('is ready when everything required is available', async () => {
  const readiness = await checkReadiness([
    { name: 'needed', check: () => {} },
    { name: 'welcome', required: false, check: away },
  ]);
  expect(readiness).toEqual({
    ready: true,
    checks: { needed: { ok: true }, welcome: { ok: false, reason: 'away' } },
  });
});

it('is not ready when something required is unavailable', async () => {
  expect(await checkReadiness([{ name: 'needed', check: away }])).toMatchObject({ ready: false });
  expect(await checkReadiness([{ name: 'needed', check: away }], ['other'])).toMatchObject({ ready: false });
});

it('shows an excluded check, but is ready without it', async () => {
  expect(await checkReadiness([{ name: 'needed', check: away }], ['needed'])).toEqual({
    ready: true,
    checks: { needed: { ok: false, reason: 'away' } },
  });
});
