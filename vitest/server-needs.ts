import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseAst } from 'vitest/node';

const server = 'Postgres, nats-server or Redis';

/** What a spec needs if its imports lead to the module or library. The first match is the reason. */
const needs: readonly (readonly [string, string])[] = [
  ['tests/src/system/service-process.ts', 'the built system'],
  ['testcontainers', 'Docker'],
  ['packages/embedded-servers/src/process/server-process.ts', server],
  ['packages/test-servers/src/test-database.ts', server],
];

/**
 * Determines for each spec which server it needs, or null. Follows value imports, static and dynamic, through the sources of the
 * workspace. What it cannot see, such as a program started by path, `no-servers.ts` catches at run time.
 *
 * @param root the repository
 * @param specs paths relative to the root
 */
export const serverNeeds = (root: string, specs: readonly string[]): Map<string, string | null> => {
  const known = new Map<string, readonly string[]>();
  const importsOf = (module: string): readonly string[] => {
    const imports = known.get(module) ?? (isSource(module) ? readImports(root, module) : []);
    known.set(module, imports);
    return imports;
  };
  const reached = (spec: string): Set<string> => {
    const seen = new Set([spec]);
    for (const module of seen) {
      for (const imported of importsOf(module)) seen.add(imported);
    }
    return seen;
  };
  return new Map(
    specs.map((spec) => {
      const modules = reached(spec);
      return [spec, needs.find(([module]) => modules.has(module))?.[1] ?? null];
    }),
  );
};

const isSource = (module: string): boolean => /\.[cm]?[jt]s$/.test(module);

/** Paths relative to the root, and the names of libraries. */
const readImports = (root: string, module: string): readonly string[] => {
  const file = join(root, module);
  const specifiers = existsSync(file) ? valueImports(readFileSync(file, 'utf8'), file) : [];
  return specifiers.map((specifier) => {
    if (specifier.startsWith('.')) return relative(root, resolve(dirname(file), specifier));
    const [, name] = /^@mission-control\/(.+)$/.exec(specifier) ?? [];
    return name === undefined ? specifier : `packages/${name}/src/index.ts`;
  });
};

const valueImports = (code: string, file: string): string[] => {
  const tree = parseAst(code, { lang: file.endsWith('ts') ? 'ts' : 'js' }, file);
  const statics = tree.body.flatMap((statement) => {
    if (!('source' in statement) || !statement.source) return [];
    const kind = statement.type === 'ImportDeclaration' ? statement.importKind : statement.exportKind;
    return kind === 'type' ? [] : [statement.source.value];
  });
  // Walking a whole tree takes longer than parsing it.
  return code.includes('import(') ? [...statics, ...dynamicImports(tree)] : statics;
};

const dynamicImports = (node: object): string[] => {
  const { type, source } = node as { type?: string; source?: { value?: unknown } };
  const own = type === 'ImportExpression' && typeof source?.value === 'string' ? [source.value] : [];
  const below = Object.values(node).filter((part) => part !== null && typeof part === 'object');
  return [...own, ...below.flatMap(dynamicImports)];
};
