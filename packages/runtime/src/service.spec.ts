import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { buildInfo } from './build-info.ts';

/** Runs a service in its own process. Node strips the types. */
const run = (start: string, env: Record<string, string> = {}, args: readonly string[] = []) => {
  const source = `
    import { runService } from ${JSON.stringify(new URL('./service.ts', import.meta.url).href)};
    import { variables } from ${JSON.stringify(new URL('./config/variables.ts', import.meta.url).href)};
    await runService({ name: 'sample', managementPort: 0, start: ${start},
      variables: {
        BASE_URL: { ...variables.BASE_URL, formerly: 'PUBLIC_URL' },
        SHUTDOWN_DELAY_SECONDS: variables.SHUTDOWN_DELAY_SECONDS,
      } });
  `;
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', source, '--', ...args], {
    env: {
      PATH: process.env.PATH,
      LOG_FORMAT: 'json',
      MANAGEMENT_PORT: '0',
      BASE_URL: 'http://x',
      MISSION_CONTROL_REVISION: '0123abc',
      ...env,
    },
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

const build = { version: buildInfo().version, revision: '0123abc' };

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
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok', ...build }]);
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toEqual({
      ready: false,
      checks: { store: { ok: false, reason: 'away' }, started: { ok: true } },
    });
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toMatch(/^mission_control_build_info\{.*revision="0123abc".*\} 1$/m);
    const excluding = await fetch(`${url}/readyz?exclude=other&exclude=store`);
    expect([excluding.status, await excluding.json()]).toMatchObject([
      200,
      { checks: { store: { ok: false } } },
    ]);
    expect((await fetch(`${url}/metrics`)).headers.get('content-type')).toContain('text/plain');
    child.kill('SIGTERM');
    expect((await exited).code).toBe(0);
  });

  it('shows as metrics what it lacks, and logs at another level when told so', async () => {
    const { child, printed, exited, output } = run(
      `async ({ log }) => {
        const derived = log.child({ part: 'derived' });
        return {
          checks: [{ name: 'store', check: () => { derived.debug('checked'); throw new Error('away'); } }],
          stop: async () => {},
        };
      }`,
    );
    await printed('"msg":"started"');
    const url = `http://127.0.0.1:${managementPort(output())}`;
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('mission_control_ready 0');
    expect(metrics).toContain('mission_control_readiness_check{check="store"} 0');
    expect(metrics).toContain('mission_control_readiness_check{check="started"} 1');
    expect(output()).not.toContain('checked');

    const put = (body: string) => fetch(`${url}/log-level`, { method: 'PUT', body });
    expect((await put('loud')).status).toBe(422);
    expect(await (await put('debug\n')).json()).toEqual({ level: 'debug' });
    expect(await (await fetch(`${url}/log-level`)).json()).toEqual({ level: 'debug' });
    await fetch(`${url}/readyz`);
    await printed('"msg":"checked"');
    child.kill('SIGTERM');
    expect((await exited).code).toBe(0);
  });

  it('prints its version and revision, whatever its variables are', async () => {
    const { exited } = run("async () => { throw new Error('started'); }", { BASE_URL: 'x' }, ['--version']);
    expect(await exited).toEqual({ code: 0, output: `sample ${build.version} (revision 0123abc)\n` });
  });

  it('listens for management requests on MANAGEMENT_HOST', async () => {
    // This address is reserved for documentation, so no machine has it.
    const { exited } = run('async () => ({ checks: [], stop: async () => {} })', {
      MANAGEMENT_HOST: '192.0.2.1',
    });
    const { code, output } = await exited;
    expect(code).toBe(1);
    expect(output).toContain('EADDRNOTAVAIL: address not available 192.0.2.1');
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
