import { asEvent, type EventData, streams } from '@mission-control/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const path = '/api/v1/audit/verify';
const asAuditor = { authorization: `Bearer ${auditorToken}` };

/** What the steward appends. */
const end = async (verificationId: string, found: Partial<EventData<'AuditVerificationEnded'>>) => {
  const data: EventData<'AuditVerificationEnded'> = {
    ...{ verificationId, status: 'verified', from: '1', to: '9', leaves: 7, alreadyHidden: 2, unsealed: 1 },
    ...{ hidden: { removed: 3, bounded: 0 }, checkpoints: 1, anchor: 'absent', fault: null },
    ...found,
  };
  const context = {
    ...{ occurredAt: '2026-11-28T15:00:00.000Z', actor: { kind: 'service', id: 'steward' } as const },
    ...{ correlationId: 'verification', causationId: null },
  };
  const event = asEvent({ type: 'AuditVerificationEnded', data }, context);
  expect(await api.store.append(streams.auditVerifications, 'any', [event])).toMatchObject({ ok: true });
};

it('is started by an admin, one at a time, and shown to auditors with what was found', async () => {
  expect(await api.call('GET', path)).toMatchObject({
    status: 404,
    body: { code: 'verification_not_found' },
  });
  expect((await api.call('POST', path, { headers: asAuditor })).status).toBe(403);

  const started = await api.call('POST', path);
  expect(started).toMatchObject({
    status: 202,
    body: { status: 'running', requested_by: 'root', leaves: null },
  });
  expect(await api.call('POST', path)).toMatchObject({
    status: 409,
    body: { code: 'verification_running' },
  });
  await end(started.body.id, {});
  expect((await api.call('GET', path, { headers: asAuditor })).body).toMatchObject({
    ...{ id: started.body.id, status: 'verified', from: '1', to: '9', leaves: 7, unsealed: 1 },
    ...{ hidden: { removed: 3, bounded: 0, before_sealing: 2 }, ended_at: '2026-11-28T15:00:00.000Z' },
  });

  const again = await api.call('POST', path);
  expect(again).toMatchObject({ status: 202, body: { status: 'running', ended_at: null } });
  // The steward was killed before it recorded that it had ended the first one, and does so again.
  await end(started.body.id, {});
  expect((await api.call('GET', path)).body).toMatchObject({ id: again.body.id, status: 'running' });
  const fault = {
    ...({ kind: 'altered', position: '5', after: '4', leaf: 4, stream: 'board-1', revision: 0 } as const),
    detail: 'The event is not the one that was sealed.',
  };
  await end(again.body.id, { status: 'failed', fault });
  await end(started.body.id, {});
  expect((await api.call('GET', path)).body).toMatchObject({ id: again.body.id, status: 'failed', fault });
});
