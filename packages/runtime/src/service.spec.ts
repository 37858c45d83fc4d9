import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

/** Runs a service in its own process. Node strips the types. */
const run = (start: string, env: Record<string, string> = {}) => {
  const source = `
    import { runService } from ${JSON.stringify(new URL('./service.ts', import.meta.url).href)};
    import { variables } from ${JSON.stringify(new URL('./config/variables.ts', import.meta.url).href)};
    await runService({ name: 'sample', managementPort: 0, start: ${start},
      variables: {
        BASE_URL: { ...variables.BASE_URL, formerly: 'PUBLIC_URL' },
        SHUTDOWN_DELAY_SECONDS: variables.SHUTDOWN_DELAY_SECONDS,
      } });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { PATH: process.env.PATH, LOG_FORMAT: 'json', MANAGEMENT_PORT: '0', BASE_URL: 'http://x', ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const printed = async (text: string) => {
    while (!output.includes(text)) await once(child.stdout, 'data');
  };
  const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return { child, printed, exited, output: () => output };
};

const managementPort = (output: string) => Number(/"management_port":(\d+)/.exec(output)?.[1]);

describe('a service', () => {
  it('says what is wrong with its variables in one message and exits', async () => {
    const { exited } = run('async () => ({ checks: [], stop: async () => {} })', { BASE_URL: 'x' });
    const { code, output } = await exited;
    expect(code).toBe(1);
    expect(output).toMatch(/^sample cannot start:\nBASE_URL must be a URL/);
  });

  it('warns once about a variable that is set by its former name', async () => {
    const { child, printed, exited } = run('async () => ({ checks: [], stop: async () => {} })', {
      BASE_URL: '',
      PUBLIC_URL: 'http://x',
    });
    await printed('"msg":"started"');
    child.kill('SIGTERM');
    const { output } = await exited;
    expect(output.match(/PUBLIC_URL is deprecated; set BASE_URL instead/g)).toHaveLength(1);
  });

  it('serves health, detailed readiness and metrics, and stops on SIGTERM', async () => {
    const { child, printed, exited, output } = run(
      "async () => ({ checks: [{ name: 'store', check: () => { throw new Error('away'); } }], stop: async () => {} })",
    );
    await printed('"msg":"started"');
    const url = `http://127.0.0.1:${managementPort(output())}`;
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toEqual({
      ready: false,
      checks: { store: { ok: false, reason: 'away' }, started: { ok: true } },
    });
    const excluding = await fetch(`${url}/readyz?exclude=other&exclude=store`);
    expect([excluding.status, await excluding.json()]).toMatchObject([
      200,
      { checks: { store: { ok: false } } },
    ]);
    expect((await fetch(`${url}/metrics`)).headers.get('content-type')).toContain('text/plain');
    child.kill('SIGTERM');
    expect((await exited).code).toBe(0);
  });

  it('keeps serving for SHUTDOWN_DELAY_SECONDS, not ready, until a second signal', async () => {
    const { child, printed, exited, output } = run(
      'async ({ signal, draining }) => ({ checks: [], stop: async () => console.log([draining, signal].map((one) => one.aborted)) })',
      { SHUTDOWN_DELAY_SECONDS: '300' },
    );
    await printed('"msg":"started"');
    child.kill('SIGTERM');
    await printed('"msg":"stopping"');
    const readiness = await fetch(`http://127.0.0.1:${managementPort(output())}/readyz`);
    expect([readiness.status, await readiness.json()]).toMatchObject([
      503,
      { checks: { started: { ok: false, reason: 'stopping' } } },
    ]);
    expect(output()).not.toContain('[ true, true ]');
    child.kill('SIGTERM');
    const { code, output: all } = await exited;
    expect([code, all]).toEqual([0, expect.stringContaining('[ true, true ]')]);
  });

  it('exits with code 1 and the reason when its start fails', async () => {
    const { code, output } = await run("async () => { throw new Error('no such thing'); }").exited;
    expect(code).toBe(1);
    expect(output).toContain('no such thing');
  });
});
