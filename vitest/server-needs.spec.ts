import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serverNeeds } from './server-needs.ts';

const server = 'Postgres, nats-server or Redis';
const starter = 'packages/embedded-servers/src/process/server-process.ts';
const spec = 'services/relay/src/one.spec.ts';

const needOf = (files: Record<string, string>) => {
  const root = mkdtempSync(join(tmpdir(), 'mission-control-needs-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return serverNeeds(root, [spec]).get(spec);
};

/** The way from a package's index to the module that starts servers. */
const servers = {
  'packages/embedded-servers/src/index.ts': `export { start } from './process/server-process.ts';`,
  [starter]: `export const start = (): void => {};\nexport interface Server {}`,
};

test.for([
  ['an import', `import { start } from '@mission-control/embedded-servers';`],
  ['an import for its effect', `import '@mission-control/embedded-servers';`],
  ['a re-export', `export { start } from '@mission-control/embedded-servers';`],
  ['a re-export of all', `export * from '@mission-control/embedded-servers';`],
  ['an import at run time', `const start = () => import('@mission-control/embedded-servers');`],
  ['a relative path', `import { start } from '../../../${starter}';`],
])('a spec that reaches the starter of servers by %s needs one', ([, text = '']) => {
  expect(needOf({ ...servers, [spec]: text })).toBe(server);
});

test('modules in between are followed, in a circle too', () => {
  const files = {
    ...servers,
    [spec]: `import { a } from './a.ts';`,
    'services/relay/src/a.ts': `import { b } from './b.ts';\nexport const a = b;`,
    'services/relay/src/b.ts': `import './a.ts';\nimport '@mission-control/embedded-servers';\nexport const b = 1;`,
  };
  expect(needOf(files)).toBe(server);
});

test.for([
  ['imports no server', `import { test } from 'vitest';`],
  ['imports types alone', `import type { Server } from '@mission-control/embedded-servers';`],
  ['names the package in a text', `const name = "import('@mission-control/embedded-servers')";`],
])('a spec that %s needs none', ([, text = '']) => {
  expect(needOf({ ...servers, [spec]: text })).toBeNull();
});

test('the built system and Docker are reasons of their own', () => {
  const system = 'tests/src/system/service-process.ts';
  expect(needOf({ [spec]: `import '../../../${system}';`, [system]: '' })).toBe('the built system');
  expect(needOf({ [spec]: `import { GenericContainer } from 'testcontainers';` })).toBe('Docker');
});

test('the modules that stand for a need exist in this repository', () => {
  const specs = ['tests/src/mission.spec.ts', 'packages/test-servers/src/test-database.spec.ts'];
  const found = serverNeeds(join(import.meta.dirname, '..'), [
    ...specs,
    'packages/messaging/src/lanes/lanes.spec.ts',
  ]);
  expect([...found.values()]).toEqual(['the built system', server, server]);
});
