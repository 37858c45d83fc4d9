// Stands in for a service: ready at once, ends on SIGTERM. What it was given can be read from its management port.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.end(request.url === '/environment' ? JSON.stringify(process.env) : 'ok');
});
server.listen(Number(process.env.MANAGEMENT_PORT), '127.0.0.1', () =>
  console.log(`pid ${process.pid} is up`),
);
process.on('SIGTERM', () => {
  console.log(`pid ${process.pid} stops`);
  process.exit(0);
});
