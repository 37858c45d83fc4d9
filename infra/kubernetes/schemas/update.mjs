#!/usr/bin/env node
// Writes the JSON schemas beside this file, from the newest releases of their projects: `node infra/kubernetes/schemas/update.mjs`.
// Needs Go, which downloads the modules and checks them against the checksum database.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { parse } = createRequire(new URL('../../../tests/package.json', import.meta.url))('yaml');

/** The supported minor versions of Kubernetes. */
const kubernetes = ['1.35', '1.36', '1.37'];
const kinds = new Set([
  'apps/v1/Deployment',
  'apps/v1/StatefulSet',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'networking.k8s.io/v1/Ingress',
  'networking.k8s.io/v1/NetworkPolicy',
  'policy/v1/PodDisruptionBudget',
  'v1/Pod',
  'v1/Service',
  'v1/ServiceAccount',
]);
const customResources = [
  ['github.com/kedacore/keda/v2@v2.21.0', 'config/crd/bases/keda.sh_scaledobjects.yaml'],
  ['sigs.k8s.io/gateway-api@v1.6.3', 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
  ...['podmonitors', 'prometheusrules'].map((kind) => [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
  ]),
];

const fileOf = (module, path) => {
  const { Dir } = JSON.parse(execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' }));
  return readFileSync(join(Dir, path), 'utf8');
};

/** Descriptions and defaults do not decide what is valid. An unknown member is an error, as it is for `kubectl apply`. */
const strict = (schema, references) => {
  if (Array.isArray(schema)) return schema.map((part) => strict(part, references));
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string'])
    return { type: ['integer', 'string'] };
  const result = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') {
      references?.add(value.replace('#/definitions/', ''));
      result.$ref = value;
    } else if (key === 'properties') {
      result.properties = Object.fromEntries(
        Object.entries(value).map(([name, property]) => [name, strict(property, references)]),
      );
    } else if (key === 'pattern' && value.includes('(?i)')) {
      // JavaScript has no such flags within an expression.
    } else if (!['description', 'default', 'format'].includes(key) && !key.startsWith('x-')) {
      result[key] = strict(value, references);
    }
  }
  if (result.properties && !schema['x-kubernetes-preserve-unknown-fields'])
    result.additionalProperties ??= false;
  return result;
};

const write = (name, content) =>
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(content)}\n`);

for (const version of kubernetes) {
  const { definitions } = JSON.parse(
    fileOf(`k8s.io/kubernetes@v${version}.0`, 'api/openapi-spec/swagger.json'),
  );
  const wanted = new Set();
  const schemas = {};
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const key = [group, version, kind].filter((part) => part !== '').join('/');
      if (!kinds.has(key)) continue;
      wanted.add(name);
      schemas[key] = { $ref: `#/definitions/${name}` };
    }
  }
  const used = {};
  for (const name of wanted) used[name] = strict(definitions[name], wanted);
  write(`kubernetes-${version}.json`, { schemas, definitions: used });
}

const schemas = {};
for (const [module, path] of customResources) {
  const { group, names, versions } = parse(fileOf(module, path)).spec;
  for (const { name, schema } of versions) {
    const { apiVersion, kind, metadata, ...others } = schema.openAPIV3Schema.properties;
    const strictSchema = strict({ ...schema.openAPIV3Schema, properties: others });
    const text = { type: 'string' };
    strictSchema.properties = {
      apiVersion: text,
      kind: text,
      metadata: { type: 'object' },
      ...strictSchema.properties,
    };
    schemas[`${group}/${name}/${names.kind}`] = strictSchema;
  }
}
write('custom-resources.json', { schemas, definitions: {} });
