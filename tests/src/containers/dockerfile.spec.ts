import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../system/repository.ts';
import { readImage } from './image.spec-support.ts';

const path = join(repositoryRoot, 'infra/docker/Dockerfile');
const text = readFileSync(path, 'utf8');
const dockerfile = DockerfileParser.parse(text);
const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  version: string;
  license: string;
};
const image = readImage();

/** A build argument as a Dockerfile refers to it. */
const argument = (name: string) => `$\{${name}}`;

describe('the image', () => {
  test('is the last stage, from a pinned base, and takes only the assembled folder', () => {
    const [last] = dockerfile.getFROMs().slice(-1);
    expect(last?.getBuildStage()).toBe('image');
    expect(text).toMatch(/^ARG NODE_VERSION=24\.\d+\.\d+$/m);
    for (const from of dockerfile.getFROMs()) {
      expect(['build', `node:\${NODE_VERSION}-bookworm-slim`]).toContain(from.getImage());
    }
    const copies = image.stage.filter((instruction) => instruction.getKeyword() === 'COPY');
    expect(copies.map(String)).toEqual(['COPY --from=build /app /app']);
  });

  test('runs the services as uid 10001, the way that npm start does', () => {
    expect(image.user).toBe('10001:10001');
    expect(image.workdir).toBe('/app');
    expect(image.entrypoint).toEqual(['node']);
    expect(image.command).toEqual(['services/gateway/dist/main.js']);
  });

  test('has no package manager', () => {
    const removed = image.stage.find((one) => one.getKeyword() === 'RUN')?.getArgumentsContent() ?? '';
    for (const program of ['npm', 'npx', 'corepack', 'yarn'])
      expect(removed).toContain(`/usr/local/bin/${program}`);
    expect(removed).toContain('/usr/local/lib/node_modules');
  });

  test('has the commands for operators on PATH', () => {
    const made = image.stage.find((one) => one.getKeyword() === 'RUN')?.getArgumentsContent() ?? '';
    expect(made).toContain('ln -s /app/services/cli/bin/mcw /usr/local/bin/mcw');
  });

  test('says what it is', () => {
    expect(image.labels).toMatchObject({
      'org.opencontainers.image.version': argument('MISSION_CONTROL_VERSION'),
      'org.opencontainers.image.revision': argument('MISSION_CONTROL_REVISION'),
      'org.opencontainers.image.source': argument('MISSION_CONTROL_SOURCE'),
      'org.opencontainers.image.licenses': manifest.license,
    });
    expect(text).toContain(`ARG MISSION_CONTROL_VERSION=${manifest.version}\n`);
    expect(image.env.MISSION_CONTROL_REVISION).toBe(argument('MISSION_CONTROL_REVISION'));
  });

  test('has a health check that is a program in it', () => {
    expect(image.healthcheck).toContain('"/app/infra/docker/healthcheck.mjs"');
  });
});

// The rules of hadolint that apply, by their codes there.
describe('the Dockerfile', () => {
  const instructions = dockerfile.getInstructions();

  test('is read completely', () => {
    expect(instructions.length).toBeGreaterThan(15);
  });

  test('uses absolute working directories (DL3000), and COPY rather than ADD (DL3020)', () => {
    for (const one of instructions) {
      if (one.getKeyword() === 'WORKDIR') expect(one.getArgumentsContent()).toMatch(/^\//);
      expect(one.getKeyword()).not.toBe('ADD');
    }
  });

  test('tags every base (DL3006), never as latest (DL3007)', () => {
    const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
    for (const from of dockerfile.getFROMs()) {
      if (stages.includes(from.getImage())) continue;
      expect(from.getImageTag()).toBeTruthy();
      expect(from.getImageTag()).not.toBe('latest');
    }
  });

  test('does not end as root (DL3002), and writes programs as JSON (DL3025)', () => {
    for (const name of ['demo', 'image']) expect(readImage(name).user).toMatch(/^[1-9]/);
    for (const one of instructions) {
      if (['CMD', 'ENTRYPOINT'].includes(one.getKeyword())) expect(one.getArgumentsContent()).toMatch(/^\[/);
    }
  });

  test('installs nothing with apt, curl or a shell pipe (DL3008, DL4006)', () => {
    for (const one of instructions.filter((one) => one.getKeyword() === 'RUN')) {
      expect(one.getArgumentsContent()).not.toMatch(/apt|curl|wget|\|/);
    }
  });
});

test('secrets, data and the history stay out of the build context', () => {
  const ignored = readFileSync(join(repositoryRoot, '.dockerignore'), 'utf8').split('\n');
  for (const path of ['.git', '.env', '.data', 'secrets', '**/node_modules']) expect(ignored).toContain(path);
});
