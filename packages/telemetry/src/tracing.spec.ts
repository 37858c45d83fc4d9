import { isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { contextOf, traceparentOf } from './tracing.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('a traceparent', () => {
  it('is read and written', () => {
    for (const flags of ['00', '01']) {
      const traceparent = `00-${traceId}-00f067aa0ba902b7-${flags}`;
      expect(traceparentOf(contextOf(traceparent))).toBe(traceparent);
    }
  });

  it.each([
    undefined,
    '',
    'x',
    `00-${traceId}-00f067aa0ba902b7`,
    `00-${traceId}-0000000000000000-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`,
  ])('that is invalid names no parent: %s', (traceparent) => {
    expect(contextOf(traceparent)).toBe(ROOT_CONTEXT);
    const span = trace.getSpanContext(contextOf(traceparent));
    expect(span !== undefined && isSpanContextValid(span)).toBe(false);
  });
});
