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

/** The import path from a package's index to the module that starts servers. */
const servers = {
  'packages/embedded-servers/src/index.ts': `export { start } from './process/server-process.ts';`,
  [starter]: `export const start = (): void => {};\nexport interface Server {}`,
};

test.for([
  ['an import', `import { start } from '@mission-control/embedded-servers';`],
  ['a side-effect import', `import '@mission-control/embedded-servers';`],
  ['a re-export', `export { start } from '@mission-control/embedded-servers';`],
  ['a re-export of everything', `export * from '@mission-control/embedded-servers';`],
  ['a dynamic import', `const start = () => import('@mission-control/embedded-servers');`],
  ['a relative path', `import { start } from '../../../${starter}';`],
])('a spec that reaches the module that starts servers by %s needs one', ([, text = '']) => {
  expect(needOf({ ...servers, [spec]: text })).toBe(server);
});

test('modules in between are followed, even in a cycle', () => {
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
  ['imports only types', `import type { Server } from '@mission-control/embedded-servers';`],
  ['names the package in a string', `const name = "import('@mission-control/embedded-servers')";`],
])('a spec that %s needs none', ([, text = '']) => {
  expect(needOf({ ...servers, [spec]: text })).toBeNull();
});

test('the built system and Docker are separate reasons', () => {
  const system = 'tests/src/system/service-process.ts';
  expect(needOf({ [spec]: `import '../../../${system}';`, [system]: '' })).toBe('the built system');
  expect(needOf({ [spec]: `import { GenericContainer } from 'testcontainers';` })).toBe('Docker');
});

test('the modules that represent a need exist in this repository', () => {
  const specs = ['tests/src/mission.spec.ts', 'packages/test-servers/src/test-database.spec.ts'];
  const found = serverNeeds(join(import.meta.dirname, '..'), [
    ...specs,
    'packages/messaging/src/owning/owned-lane.spec.ts',
  ]);
  expect([...found.values()]).toEqual(['the built system', server, server]);
});
