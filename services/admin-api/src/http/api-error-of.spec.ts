import { EventStoreFailed, EventStoreUnavailable, EventTooLarge } from '@mission-control/event-store';
import { expect, test } from 'vitest';
import { apiErrorOf } from './api-error-of.ts';

test.each([
  [
    new EventTooLarge('too large', { serverSetting: 'MaxAppendEventSize' }),
    413,
    'event_too_large',
    /larger than/,
  ],
  [new EventStoreUnavailable('away', false), 503, 'event_store_unavailable', /Nothing was changed/],
  [new EventStoreUnavailable('late', true), 503, 'event_store_unavailable', /may or may not have been made/],
  [
    new EventStoreFailed('event_store.client.QuotaExceeded', 'over quota'),
    503,
    'event_store_failed',
    /QuotaExceeded \(over quota\)\. The change may or may not have been made/,
  ],
])('%s is answered with its own code', (error, status, code, detail) => {
  expect(apiErrorOf(error)).toMatchObject({
    status,
    code,
    message: expect.stringMatching(detail),
  });
});
