// Simulates a service that is ready at once and ends on SIGTERM. Its management port shows the environment that it got.
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
