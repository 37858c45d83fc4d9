import { ReadModelsUnavailable } from '@mission-control/read-models';

/** Error codes of Node's sockets for a server that cannot be reached. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** SQLSTATE classes of errors that a query's content causes. Any other class means that the database cannot serve the query now. */
const faultsOfContent = ['21', '22', '23'];

/** node-pg's messages for connections that could not be made or that broke. These errors carry no code. */
const words =
  /timeout exceeded when trying to connect|connection terminated|client has encountered a connection error/i;

/** True when the read models' database is unreachable, starting, full, or not yet migrated to this release. */
export const areReadModelsUnavailable = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (error instanceof ReadModelsUnavailable) return true;
  if (typeof code === 'string' && networkCodes.has(code)) return true;
  if (typeof code === 'string' && typeof severity === 'string' && code.length === 5) {
    return !faultsOfContent.includes(code.slice(0, 2));
  }
  return words.test(error.message);
};
