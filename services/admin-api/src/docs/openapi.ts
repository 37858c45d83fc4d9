import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { ingestPath } from './ingest-path.ts';

const errorSchema = {
  type: 'object' as const,
  required: ['code', 'detail', 'request_id'],
  properties: {
    code: { type: 'string' as const, description: 'Stable; for programs.' },
    detail: { type: 'string' as const, description: 'A sentence; for people.' },
    request_id: { type: 'string' as const },
    errors: {
      type: 'array' as const,
      description: 'With 422 of the input: every problem.',
      items: {
        type: 'object' as const,
        properties: { field: { type: 'string' as const }, message: { type: 'string' as const } },
      },
    },
  },
};

const errors: readonly [number, string][] = [
  [401, 'No valid token.'],
  [404, 'Not there, or on another board.'],
  [422, 'The input is wrong; all problems at once.'],
  [503, 'A store is away; see Retry-After.'],
];

/** The description of everything that the gateway's port answers. */
export const describeApi = (app: INestApplication): OpenAPIObject => {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Mission Control Webhooks')
    .setDescription(
      'Boards take webhooks of external systems in; payloads are stored, written to board memory, and told to agents.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'admin')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Agent-Token' }, 'agent');
  for (const [status, description] of errors) {
    builder.addGlobalResponse({
      status,
      description,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    });
  }
  const document = cleanupOpenApiDoc(SwaggerModule.createDocument(app, builder.build()));
  const secured = Object.entries(document.paths).map(([path, operations]) => [
    path,
    withSecurity(path, operations),
  ]);
  return {
    ...document,
    paths: joined(Object.fromEntries(secured), ingestPath),
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, Error: errorSchema },
    },
  };
};

type PathItem = OpenAPIObject['paths'][string];
const methods = ['get', 'post', 'patch', 'delete'] as const;

const withSecurity = (path: string, item: PathItem): PathItem => {
  const security = path.startsWith('/api/v1/agent/')
    ? [{ agent: [] }]
    : path.startsWith('/api/')
      ? [{ admin: [] }]
      : [];
  const secured = { ...item };
  for (const method of methods) {
    const operation = item[method];
    if (operation) secured[method] = { ...operation, security };
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
