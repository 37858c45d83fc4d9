import { ROOT_CONTEXT, type SpanContext, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { usualSampler } from './sampler.ts';

const traceId = 'a'.repeat(32);

const decide = (sampler: Sampler, parent?: SpanContext): boolean => {
  const context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  const { decision } = sampler.shouldSample(context, traceId, 'a span', SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
};
const sampledOf = (sampler: Sampler, traces: number): number =>
  Array.from({ length: traces }, () => decide(sampler)).filter(Boolean).length;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('samples every trace of a calm second, and as many of a busy one', () => {
  const sampler = usualSampler(200);
  expect(sampledOf(sampler, 150)).toBe(150);
  vi.advanceTimersByTime(1_000);
  expect(sampledOf(sampler, 5_000)).toBe(200);
  vi.advanceTimersByTime(1_000);
  expect(sampledOf(sampler, 5_000)).toBe(200);
});

it('decides for a span as its parent was decided', () => {
  const sampler = usualSampler(1);
  const parent = (traceFlags: TraceFlags): SpanContext => ({ traceId, spanId: 'b'.repeat(16), traceFlags });
  for (let n = 0; n < 10; n += 1) {
    expect(decide(sampler, parent(TraceFlags.SAMPLED))).toBe(true);
    expect(decide(sampler, parent(TraceFlags.NONE))).toBe(false);
  }
});
