import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { errorAnswer, errorSchema } from './error-answer.ts';
import { ingestPath } from './ingest-path.ts';

const errorAnswers = {
  401: errorAnswer('No valid token.'),
  404: errorAnswer('Not there, or on another board.'),
  422: errorAnswer('The input is wrong; all problems at once.'),
  503: errorAnswer('A store is away; see Retry-After.'),
};
const commandErrorAnswers = {
  ...errorAnswers,
  403: errorAnswer('An auditor changes nothing.'),
  409: errorAnswer('The state of things does not allow it.'),
};

/** The description of everything that the gateway's port answers. */
export const describeApi = (app: INestApplication): OpenAPIObject => {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Mission Control Webhooks')
    .setDescription(
      'Boards take webhooks of external systems in; payloads are stored, written to board memory, and told to agents. ' +
        'Below /api, query parameters that an operation does not list are refused with 422, except where senders post webhooks.',
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

/** Says who may call what, and which errors to reckon with. */
const withSecurity = (path: string, item: PathItem): PathItem => {
  const isOpen = !path.startsWith('/api/');
  const security = isOpen ? [] : [path.startsWith('/api/v1/agent/') ? { agent: [] } : { admin: [] }];
  const secured = { ...item };
  for (const method of methods) {
    const operation = item[method];
    if (!operation) continue;
    const errors = isOpen ? {} : method === 'get' ? errorAnswers : commandErrorAnswers;
    secured[method] = { ...operation, security, responses: { ...errors, ...operation.responses } };
  }
  return secured;
};

const joined = (paths: OpenAPIObject['paths'], more: OpenAPIObject['paths']): OpenAPIObject['paths'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(paths), ...Object.keys(more)])].map((path) => [
      path,
      { ...paths[path], ...more[path] },
    ]),
  );

/**
 * Without what the generator adds and nobody wants to read: patterns that say the format again, the bounds of safe
 * integers, and the suffix that tells schemas of answers from those of input.
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
