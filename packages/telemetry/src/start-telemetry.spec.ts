import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

/** Runs a program that starts telemetry and prints whether the SDK is loaded and whether spans are recorded. */
const run = async (env: Record<string, string>): Promise<unknown> => {
  const program = `
    import { trace } from '@opentelemetry/api';
    import { registration, startTelemetry } from '${new URL('./index.ts', import.meta.url).href}';
    await startTelemetry('sample');
    const registered = registration();
    console.log(JSON.stringify({
      registered: registered !== undefined,
      recording: trace.getTracer('spec').startSpan('one').isRecording(),
      service: registered?.resource.attributes['service.name'],
      readers: registered?.metricReaders.length,
    }));
    process.exit(0);
  `;
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(output);
};

it('does nothing unless a variable turns something on', async () => {
  expect(await run({})).toEqual({ registered: false, recording: false });
  expect(await run({ OTEL_SERVICE_NAME: 'x' })).toEqual({ registered: false, recording: false });
});

it('records spans and reads metrics when they are exported', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  expect(await run(env)).toEqual({ registered: true, recording: true, service: 'sample', readers: 1 });
  expect(await run({ ...env, OTEL_SERVICE_NAME: 'other' })).toMatchObject({ service: 'other' });
  expect(await run({ ...env, OTEL_TRACES_EXPORTER: 'none' })).toMatchObject({
    registered: true,
    recording: false,
    readers: 1,
  });
});
