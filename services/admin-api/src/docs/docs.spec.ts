import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const inPublic = { headers: { authorization: '' } };

describe('the description of the API', () => {
  it('defines every schema it refers to, and names each operation once', async () => {
    const { text, body } = await api.call('GET', '/openapi.json', inPublic);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(body.components.schemas)).toContain(name);
    }
    const operations = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>)
      .flatMap((path) => Object.values(path))
      .map(({ operationId }) => operationId);
    expect(new Set(operations).size).toBe(operations.length);
    expect(operations).toContain('receiveWebhook');
    expect(text.match(/nestjs|_Output|"type":""/g)).toBeNull();
    expect(body.components.schemas.PayloadAnswer.properties.status_reason).toMatchObject({
      anyOf: [{ type: 'string', minLength: 0 }, { type: 'null' }],
    });
  });

  it('says what each response contains', async () => {
    const { body } = await api.call('GET', '/openapi.json', inPublic);
    const created = body.paths['/api/v1/boards/{board_id}/webhooks'].post;
    expect(created.security).toEqual([{ admin: [] }]);
    const { $ref } = created.responses[201].content['application/json'].schema;
    const schema = body.components.schemas[$ref.split('/').at(-1)];
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining([
        'id',
        'board_id',
        'agent_id',
        'description',
        'enabled',
        'endpoint_path',
        'endpoint_url',
      ]),
    );
    expect(Object.keys(schema.properties)).not.toContain('secret');
  });
});

describe('the description of ingest', () => {
  it('has the format of errors and the headers that senders act on', async () => {
    const { body } = await api.call('GET', '/openapi.json', inPublic);
    const { responses } = body.paths['/api/v1/boards/{board_id}/webhooks/{webhook_id}'].post;
    const errors = Object.entries<DescribedResponse>(responses).filter(([status]) => status >= '400');
    expect(errors.map(([status]) => Number(status))).toEqual([
      400, 401, 403, 404, 405, 410, 413, 415, 429, 503,
    ]);
    for (const [, { content }] of errors) {
      expect(content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Error' });
    }
    const headers = errors.flatMap(([status, response]) =>
      Object.keys(response.headers ?? {}).map((name) => [Number(status), name]),
    );
    expect(headers).toEqual([
      [401, 'WWW-Authenticate'],
      [405, 'Allow'],
      [429, 'Retry-After'],
      [503, 'Retry-After'],
    ]);
  });

  it('names the schemes that a response or a setting is for', async () => {
    const { paths, components } = (await api.call('GET', '/openapi.json', inPublic)).body;
    const { responses } = paths['/api/v1/boards/{board_id}/webhooks/{webhook_id}'].post;
    const { properties } = components.schemas.CreateWebhookBody;
    expect(responses[200].description).toContain(
      "Slack's url_verification, for a webhook with the scheme slack",
    );
    expect(responses[401].description).toMatch(/\(scheme .*shopify/);
    expect(properties.signature_header.description).toMatch(/^With hmac.* and token: /);
    expect(properties.timestamp_tolerance_seconds.description).toMatch(/^With stripe, slack.* and [a-z-]+: /);
    expect(properties.preset.enum).toEqual(expect.arrayContaining(['github', 'standard-webhooks']));
    expect(properties.preset.enum).not.toContain('hmac');
  });
});
interface DescribedResponse {
  readonly content: { readonly 'application/json': { readonly schema: unknown } };
  readonly headers?: object;
}

describe('the docs page', () => {
  it('loads nothing from elsewhere', async () => {
    const page = await api.call('GET', '/docs', inPublic);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('content-security-policy')).not.toMatch(/https?:/);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    const [, script = ''] = /<script src="([^"]+)"/.exec(page.text) ?? [];
    const answer = await api.call('GET', new URL(script, `${api.url}/docs/`).pathname, inPublic);
    expect(answer.status).toBe(200);
    expect(answer.text.length).toBeGreaterThan(1_000_000);
  });
});
