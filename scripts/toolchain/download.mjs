// node download.mjs <url> <file> <sha256>: runs as its own program under Node >= 24, whose fetch goes through
// HTTPS_PROXY when NODE_USE_ENV_PROXY is set. The file appears only if its digest is right.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const [url, file, sha256] = process.argv.slice(2);
const fail = (reason) => {
  process.stderr.write(`${url}: ${reason}\n`);
  process.exit(1);
};

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  if (!response.ok) fail(`responded with ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== sha256) fail(`has SHA-256 ${digest}, expected ${sha256}`);
  writeFileSync(file, bytes);
} catch (error) {
  fail(error.cause?.message ?? error.message);
}
