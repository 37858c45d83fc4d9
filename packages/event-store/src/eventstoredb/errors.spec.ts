import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { toStoreError } from './errors.ts';

/** An error of grpc-js, with the trailer in which the server names the rejection. */
const serviceError = (code: number, details: string, exception?: string): Error => {
  const metadata = new Metadata();
  if (exception !== undefined) metadata.set('exception', exception);
  return Object.assign(new Error(details), { code, details, metadata });
};

test.each([
  [3, 'maximum-append-size-exceeded', { name: 'EventTooLarge', serverSetting: 'MaxAppendSize' }],
  [3, 'maximum-append-event-size-exceeded', { name: 'EventTooLarge', serverSetting: 'MaxAppendEventSize' }],
  [8, undefined, { name: 'EventTooLarge', serverSetting: undefined }],
  [7, 'access-denied', { name: 'EventStoreAccessDenied' }],
  [12, undefined, { name: 'EventStoreUnsupported' }],
  [5, 'not-leader', { name: 'EventStoreUnavailable' }],
  [14, undefined, { name: 'EventStoreUnavailable' }],
  [3, 'missing-required-metadata-property', { name: 'EventStoreFailed', retryable: false }],
  [9, 'invalid-transaction', { name: 'EventStoreFailed', type: 'invalid-transaction' }],
  [9, 'quota-exceeded', { name: 'EventStoreFailed', type: 'quota-exceeded' }],
])('maps a failed call with the code %i and the exception %s', (code, exception, expected) => {
  const error = toStoreError(serviceError(code, 'the server says why', exception));
  expect(error).toMatchObject(expected);
  expect(error.message).toContain('the server says why');
});
