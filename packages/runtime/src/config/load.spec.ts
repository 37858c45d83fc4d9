import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, deprecationsOf, loadConfig, type Variables } from './load.ts';
import { variables, wholeNumber } from './variables.ts';

const folder = mkdtempSync(join(tmpdir(), 'mission-control-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const problemsOf = (wanted: Variables, env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(wanted, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};
const token = (letter: string) => `${letter}0123456789abcdef`.repeat(4);

describe('configuration', () => {
  it('uses defaults for absent or empty variables', () => {
    expect(loadConfig({ PORT: variables.PORT, HOST: variables.HOST }, { HOST: '' })).toEqual({
      PORT: 8000,
      HOST: '127.0.0.1',
    });
  });

  it('reports every wrong variable at once, with what is wrong and an example', () => {
    const problems = problemsOf(
      { PORT: variables.PORT, DATABASE_URL: variables.DATABASE_URL, BASE_URL: variables.BASE_URL },
      { PORT: 'eighty', BASE_URL: 'ftp://x' },
    );
    expect(problems).toEqual([
      'PORT must be a whole number from 0 to 65535. Example: PORT=8000',
      'DATABASE_URL is missing. Example: DATABASE_URL=postgres://user:password@localhost:5432/mission_control',
      'BASE_URL must be a URL that begins with http:// or https://. Example: BASE_URL=https://mission-control.example.com',
    ]);
  });

  it('reads a secret from the file named by its _FILE variable', () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${token('a')}\n`);
    expect(
      loadConfig({ LOCAL_AUTH_TOKEN: variables.LOCAL_AUTH_TOKEN }, { LOCAL_AUTH_TOKEN_FILE: file }),
    ).toEqual({
      LOCAL_AUTH_TOKEN: [{ name: 'admin', token: token('a') }],
    });
  });

  it('reads the id of the installation from a file as well', () => {
    const file = join(folder, 'installation-id');
    const id = '7542aa47-d2ba-42f7-8c80-ff8dd66f98c9';
    writeFileSync(file, `${id}\n`);
    const wanted = { INSTALLATION_ID: variables.INSTALLATION_ID };
    expect(loadConfig(wanted, { INSTALLATION_ID_FILE: file })).toEqual({ INSTALLATION_ID: id });
  });

  it.each(['\n', '\r\n', ' ', '\u00a0', '\u200b', '\ufeff'])(
    'drops %j at the ends of a secret, in the variable and in the file',
    (unseen) => {
      const wanted = { AUDITOR_TOKEN: variables.AUDITOR_TOKEN, DATABASE_URL: variables.DATABASE_URL };
      const [jane, joe] = [token('a'), token('b')];
      const url = 'postgres://user:password@localhost/db';
      const tokens = `${unseen}jane=${jane}${unseen},${unseen}joe=${joe}${unseen}`;
      const file = join(folder, 'tokens');
      writeFileSync(file, tokens);
      const expected = {
        AUDITOR_TOKEN: [
          { name: 'jane', token: jane },
          { name: 'joe', token: joe },
        ],
        DATABASE_URL: url,
      };
      const given = { DATABASE_URL: `${url}${unseen}` };
      expect(loadConfig(wanted, { ...given, AUDITOR_TOKEN: tokens })).toEqual(expected);
      expect(loadConfig(wanted, { ...given, AUDITOR_TOKEN_FILE: file })).toEqual(expected);
      expect(problemsOf({ DATABASE_URL: variables.DATABASE_URL }, { DATABASE_URL: unseen })[0]).toMatch(
        /^DATABASE_URL is missing/,
      );
    },
  );

  it('reads the addresses and CIDRs that must not be connected to', () => {
    const wanted = { OPENCLAW_DENY_CIDRS: variables.OPENCLAW_DENY_CIDRS };
    expect(loadConfig(wanted, {})).toEqual({ OPENCLAW_DENY_CIDRS: undefined });
    expect(loadConfig(wanted, { OPENCLAW_DENY_CIDRS: '10.0.0.0/8, fe80::1' })).toEqual({
      OPENCLAW_DENY_CIDRS: ['10.0.0.0/8', 'fe80::1'],
    });
    for (const wrong of ['10.0.0.0/33', 'metadata.internal', '10.0.0.0/', '::1/129', '1.2.3.4/8/8']) {
      expect(problemsOf(wanted, { OPENCLAW_DENY_CIDRS: wrong })[0]).toMatch(
        /must be addresses or CIDR blocks/,
      );
    }
  });

  it('rejects a secret that is set twice, and a file that cannot be read', () => {
    const wanted = { LOCAL_AUTH_TOKEN: variables.LOCAL_AUTH_TOKEN };
    expect(problemsOf(wanted, { LOCAL_AUTH_TOKEN: token('a'), LOCAL_AUTH_TOKEN_FILE: '/x' })[0]).toMatch(
      /both set/,
    );
    expect(problemsOf(wanted, { LOCAL_AUTH_TOKEN_FILE: join(folder, 'none') })[0]).toMatch(
      /cannot be read \(ENOENT\)/,
    );
  });

  it('never includes a secret in a message', () => {
    const wanted = { DATABASE_URL: variables.DATABASE_URL, ENCRYPTION_KEY: variables.ENCRYPTION_KEY };
    const problems = problemsOf(wanted, { DATABASE_URL: 'mysql://u:hunter2@h/d', ENCRYPTION_KEY: 'hunter2' });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each([
    'postgres://user:password@localhost/db',
    'esdb://localhost:2113?tls=false',
    'esdb://user:password@one:2113,two:2113,three:2113?tls=true',
    'kurrentdb+discover://user:password@cluster:2113',
  ])('accepts %s as the event store', (url) => {
    const wanted = { EVENTSTORE_URL: variables.EVENTSTORE_URL };
    expect(loadConfig(wanted, { EVENTSTORE_URL: url }).EVENTSTORE_URL).toBe(url);
  });

  it.each(['mysql://user:hunter2@localhost/db', 'localhost:2113', 'esdb://', 'esdb:localhost'])(
    'rejects %s as the event store',
    (url) => {
      const [problem] = problemsOf({ EVENTSTORE_URL: variables.EVENTSTORE_URL }, { EVENTSTORE_URL: url });
      expect(problem).toMatch(
        /^EVENTSTORE_URL must be a URL that begins with postgres:.* or kurrentdb\+discover:/,
      );
      expect(problem).not.toContain('hunter2');
    },
  );

  it.each([
    ['short', 'fewer than 50 characters'],
    [`changeme-${token('a')}`, 'placeholder'],
    ['a'.repeat(60), 'placeholder'],
    [`jane=${token('a')},jane=${token('b')}`, 'names jane twice'],
  ])('rejects the admin token %s', (value, problem) => {
    expect(
      problemsOf({ LOCAL_AUTH_TOKEN: variables.LOCAL_AUTH_TOKEN }, { LOCAL_AUTH_TOKEN: value })[0],
    ).toContain(problem);
    expect(problemsOf({ AUDITOR_TOKEN: variables.AUDITOR_TOKEN }, { AUDITOR_TOKEN: value })[0]).toMatch(
      new RegExp(`^AUDITOR_TOKEN .*${problem}`),
    );
  });

  it.each([
    ['ENCRYPTION_KEY', Buffer.alloc(32, 7).toString('base64')],
    ['ENCRYPTION_KEY', Buffer.from('change-me change-me change-me 32').toString('base64')],
    ['DATABASE_URL', 'postgres://mission_control:change-me@postgres:5432/mission_control'],
    ['NATS_URL', 'nats://a:b@one:4222,nats://mission_control:changeme@two:4222'],
    ['EVENTSTORE_URL', 'esdb://admin:placeholder@one:2113,two:2113?tls=true'],
  ] as const)('rejects %s with the placeholder %s, without printing it', (name, value) => {
    const [problem] = problemsOf({ [name]: variables[name] }, { [name]: value });
    expect(problem).toMatch(new RegExp(`^${name} contains a placeholder`));
    expect(problem).not.toContain(value);
  });

  it('accepts passwords that are not from a template', () => {
    for (const value of ['postgres://u:changeit@h/d', 'postgres://changeme@h/d', 'postgres://h/example'])
      expect(problemsOf({ DATABASE_URL: variables.DATABASE_URL }, { DATABASE_URL: value })).toEqual([]);
  });

  it('says what is wrong with every variable', () => {
    const { managementPort, HOST, MANAGEMENT_HOST, AUDIT_ANCHOR_FILE, AUDIT_ANCHOR_URL, ...others } =
      variables;
    const wanted = { ...others, MANAGEMENT_PORT: managementPort(8080) };
    for (const wrong of ['-', 'a'.repeat(60), 'jane=,', '\u0000', '1e9', 'http:/']) {
      const problems = problemsOf(
        wanted,
        Object.fromEntries(Object.keys(wanted).map((name) => [name, wrong])),
      );
      for (const problem of problems)
        expect(problem).toMatch(/^[A-Z_]+ (must|has|contains|names|is missing)\b/);
      // At most two variables accept any of these.
      expect(problems.length).toBeGreaterThan(Object.keys(wanted).length - 3);
    }
  });

  it('accepts several named tokens', () => {
    const given = `jane=${token('a')}, joe=${token('b')}`;
    expect(
      loadConfig({ AUDITOR_TOKEN: variables.AUDITOR_TOKEN }, { AUDITOR_TOKEN: given }).AUDITOR_TOKEN,
    ).toEqual([
      { name: 'jane', token: token('a') },
      { name: 'joe', token: token('b') },
    ]);
    expect(loadConfig({ AUDITOR_TOKEN: variables.AUDITOR_TOKEN }, {}).AUDITOR_TOKEN).toEqual([]);
  });

  it('accepts numbers only within their bounds', () => {
    expect(problemsOf({ N: wholeNumber(3, 0, 10) }, { N: '11' })[0]).toMatch(
      /^N must be a whole number from 0 to 10/,
    );
    expect(loadConfig({ N: wholeNumber(3, 0, 10) }, { N: '10' })).toEqual({ N: 10 });
  });
});

describe('a renamed variable', () => {
  const wanted = { MAX_AGE_SECONDS: { ...wholeNumber(3, 0, 10), formerly: 'MAX_AGE' } };

  it('is set by its former name, with a warning that names the new one', () => {
    expect(loadConfig(wanted, { MAX_AGE: '7' })).toEqual({ MAX_AGE_SECONDS: 7 });
    expect(deprecationsOf(wanted, { MAX_AGE: '7' })).toEqual([
      'MAX_AGE is deprecated; set MAX_AGE_SECONDS instead',
    ]);
  });

  it.each([{}, { MAX_AGE: '' }, { MAX_AGE_SECONDS: '3' }])('causes no warning with %j', (env) => {
    expect(loadConfig(wanted, env)).toEqual({ MAX_AGE_SECONDS: 3 });
    expect(deprecationsOf(wanted, env)).toEqual([]);
  });

  it('may have the same value under both names, but not different values', () => {
    expect(loadConfig(wanted, { MAX_AGE: '7', MAX_AGE_SECONDS: '7' })).toEqual({ MAX_AGE_SECONDS: 7 });
    expect(problemsOf(wanted, { MAX_AGE: '7', MAX_AGE_SECONDS: '8' })).toEqual([
      'MAX_AGE_SECONDS and MAX_AGE, its former name, are set to different values. Remove MAX_AGE.',
    ]);
  });

  it('is reported by the name that sets it, with the new name in the example', () => {
    expect(problemsOf(wanted, { MAX_AGE: '11' })).toEqual([
      'MAX_AGE must be a whole number from 0 to 10. Example: MAX_AGE_SECONDS=3',
    ]);
  });

  it('may be a secret in a file, under either name', () => {
    const file = join(folder, 'renamed');
    writeFileSync(file, `${token('a')}\n`);
    const secrets = { ADMIN_TOKEN: { ...variables.LOCAL_AUTH_TOKEN, formerly: 'OLD_TOKEN' } };
    const expected = { ADMIN_TOKEN: [{ name: 'admin', token: token('a') }] };
    expect(loadConfig(secrets, { OLD_TOKEN_FILE: file })).toEqual(expected);
    expect(loadConfig(secrets, { OLD_TOKEN_FILE: file, ADMIN_TOKEN: token('a') })).toEqual(expected);
    expect(deprecationsOf(secrets, { OLD_TOKEN_FILE: file })).toHaveLength(1);
    const problems = problemsOf(secrets, { OLD_TOKEN_FILE: file, ADMIN_TOKEN: token('b') });
    expect(problems).toEqual([expect.stringMatching(/^ADMIN_TOKEN and OLD_TOKEN, .* different values/)]);
    expect(problems.join()).not.toContain(token('a').slice(0, 8));
  });
});
