import Fastify from 'fastify';

/** The upper limit of the machine: answers 202 to any POST and reads the body, but verifies and stores nothing. */
const app = Fastify({ logger: false, bodyLimit: 1_048_576 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/*', (_request, reply) => reply.code(202).send({ ok: true }));
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.once('SIGTERM', () => void app.close());
