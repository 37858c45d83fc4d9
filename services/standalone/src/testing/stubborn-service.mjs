// Simulates a service that hangs when it is told to stop.
import { createServer } from 'node:http';

createServer((_, response) => response.end('ok')).listen(Number(process.env.MANAGEMENT_PORT), '127.0.0.1');
process.on('SIGTERM', () => {});
