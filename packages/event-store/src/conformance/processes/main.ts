import { type Role, roles } from './roles.ts';

const [name = '', input = '{}'] = process.argv.slice(2);
const role: Role | undefined = roles[name];
if (role === undefined) throw new Error(`there is no role ${name}`);

// When the other end of the pipe closes, the parent wants this process to finish or is gone.
const finish = new AbortController();
process.stdin.on('end', () => finish.abort()).resume();

await role(JSON.parse(input), {
  tell: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
  finish: finish.signal,
});
process.stdin.destroy();
