/** What node's sockets say of a server that is not there. */
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

/** SQLSTATE classes of what the content of a query causes; any other means that the database cannot serve it now. */
const faultsOfContent = ['21', '22', '23'];

/** node-pg's own words for connections that it did not get or that broke; they carry no code. */
const words =
  /timeout exceeded when trying to connect|connection terminated|client has encountered a connection error/i;

/** True when the read models' database is away, starting, full, or not migrated to this release yet. */
export const areReadModelsAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (typeof code === 'string' && networkCodes.has(code)) return true;
  if (typeof code === 'string' && typeof severity === 'string' && code.length === 5) {
    return !faultsOfContent.includes(code.slice(0, 2));
  }
  return words.test(error.message);
};
