import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { isPublicRoute } from '../http/authenticate.ts';
import { errorAnswer, errorSchema } from './error-answer.ts';
import { ingestPath } from './ingest-path.ts';

const errorAnswers = {
  401: errorAnswer('The token is missing or invalid.'),
  404: errorAnswer('Does not exist, or is on another board.'),
  422: errorAnswer('The input is invalid; all problems are listed.'),
  503: errorAnswer('The event store or the read models are unavailable; see Retry-After.'),
};
const pastErrorAnswers = {
  410: errorAnswer('With as_of: it was deleted or removed by then, by the event in removed_by.'),
};
const { 401: _, ...publicErrorAnswers } = errorAnswers;
const commandErrorAnswers = {
  ...errorAnswers,
  403: errorAnswer('Auditors are read-only.'),
  409: errorAnswer('Conflicts with the current state.'),
};

/** Describes everything that the gateway's port serves. */
export const describeApi = (app: INestApplication): OpenAPIObject => {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Mission Control Webhooks')
    .setDescription(
      'Boards receive webhooks from external systems. Payloads are stored, written to board memory, and told to agents. ' +
        'Under /api, query parameters that an operation does not list are rejected with 422, except where senders post webhooks.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque' }, 'admin')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Agent-Token' }, 'agent')
    .build();
  const document = tidied(cleanupOpenApiDoc(SwaggerModule.createDocument(app, outline))) as OpenAPIObject;
  const paths = Object.entries(document.paths).map(([path, item]) => [path, withSecurity(path, item)]);
  return {
    ...document,
    paths: joined(Object.fromEntries(paths), ingestPath),
    components: { ...document.components, schemas: { ...document.components?.schemas, Error: errorSchema } },
  };
};

type PathItem = OpenAPIObject['paths'][string];
const methods = ['get', 'post', 'patch', 'delete'] as const;

/** Adds who may call each operation, and which errors it may return. */
const withSecurity = (path: string, item: PathItem): PathItem => {
  const security = isPublicRoute(path)
    ? []
    : [path.startsWith('/api/v1/agent/') ? { agent: [] } : { admin: [] }];
  const secured = { ...item };
  for (const method of methods) {
    const operation = item[method];
    if (!operation) continue;
    const errors = errorsOf(path, method);
    const ofPast = answersAboutPast(operation) ? pastErrorAnswers : {};
    secured[method] = { ...operation, security, responses: { ...errors, ...ofPast, ...operation.responses } };
  }
  return secured;
};

const answersAboutPast = ({ parameters = [] }: NonNullable<PathItem['get']>): boolean =>
  parameters.some((parameter) => 'name' in parameter && parameter.name === 'as_of');

const errorsOf = (path: string, method: (typeof methods)[number]) => {
  if (!path.startsWith('/api/')) return {};
  if (isPublicRoute(path)) return publicErrorAnswers;
  return method === 'get' ? errorAnswers : commandErrorAnswers;
};

const joined = (paths: OpenAPIObject['paths'], more: OpenAPIObject['paths']): OpenAPIObject['paths'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(paths), ...Object.keys(more)])].map((path) => [
      path,
      { ...paths[path], ...more[path] },
    ]),
  );

/**
 * Removes noise that the generator adds: patterns that repeat the format, the bounds of safe integers, and the suffix that
 * distinguishes response schemas from input schemas.
 */
const tidied = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(tidied);
  if (typeof value === 'string') return value.replace(/^(#\/components\/schemas\/\w+)_Output$/, '$1');
  if (typeof value !== 'object' || value === null) return value;
  const isNoise = ([key, inner]: [string, unknown]) =>
    (key === 'pattern' && 'format' in value) ||
    (key === 'minimum' && inner === Number.MIN_SAFE_INTEGER) ||
    (key === 'maximum' && inner === Number.MAX_SAFE_INTEGER);
  return Object.fromEntries(
    Object.entries(value)
      .filter((entry) => !isNoise(entry))
      .map(([key, inner]) => [key.replace(/_Output$/, ''), tidied(inner)]),
  );
};
