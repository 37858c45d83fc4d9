import { createHash } from 'node:crypto';
import type { OpenAPIObject } from '@nestjs/swagger';
import apiReference from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

const description = '/openapi.json';
/** The library serves its script under this path, and a page that is not used. */
const assets = '/docs/assets';

const startScript = `Scalar.createApiReference('#app', ${JSON.stringify({
  url: description,
  // Requests that are tried out go directly to this server, without a proxy.
  proxyUrl: '',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  mcp: { disabled: true },
  agent: { disabled: true },
  showDeveloperTools: 'never',
})})`;

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Mission Control Webhooks</title>
  </head>
  <body>
    <div id="app"></div>
    <script src="${assets}/js/scalar.js"></script>
    <script>${startScript}</script>
  </body>
</html>
`;

/** The page loads nothing from elsewhere, and the browser would block it if it ever tried. */
const policy = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${createHash('sha256').update(startScript).digest('base64')}'`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves `/openapi.json` and `/docs`, a page that works without the internet because its scripts come from this server.
 *
 * @param describe is called for the first request only: it takes a good part of the time of a start
 */
export const serveDocs = async (server: FastifyInstance, describe: () => OpenAPIObject): Promise<void> => {
  let text: string | undefined;
  server.get(description, (_request, reply) => {
    text ??= JSON.stringify(describe());
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
  server.get('/docs', (_request, reply) =>
    reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
      })
      .send(page),
  );
  await server.register(apiReference, {
    routePrefix: assets,
    configuration: { url: description },
    hooks: {
      onRequest: (_request, reply, done) => {
        reply.headers({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff' });
        done();
      },
    },
  });
};
