import { randomUUID } from 'node:crypto';
import type { LogRecord, ProposedEvent } from '../log/record.ts';
import { expected } from '../writing/expected-revision.ts';
import type { Writer } from '../writing/writer.ts';

const systemEvent = (type: string, data: unknown): ProposedEvent => ({
  id: randomUUID(),
  type,
  isJson: true,
  data: Buffer.from(JSON.stringify(data)),
  metadata: new Uint8Array(),
});

const statsStream = '$stats-0.0.0.0:2113';

/** Writes the events that a server puts into a new log before anything else. */
export const writeFirstEvents = (writer: Writer): void => {
  const write = (stream: string, type: string, data: unknown) =>
    writer.append(stream, expected.any, [systemEvent(type, data)]);
  write(`$$${statsStream}`, '$metadata', { $maxAge: 86_400 });
  write('$$$user-admin', '$metadata', { $acl: { $r: '$admins', $w: '$admins' } });
  write('$user-admin', '$UserCreated', { loginName: 'admin', groups: ['$admins'], disabled: false });
  write('$users', '$User', 'admin');
};

export const writeStatistics = (writer: Writer): void => {
  writer.append(statsStream, expected.any, [
    systemEvent('$statsCollected', { 'proc-id': process.pid, 'es-queue-count': 0 }),
  ]);
};

/** Does what the system projection `$by_category` does: adds a link in `$ce-<category>` for each event of `<category>-<name>`. */
export const writeCategoryLink = (writer: Writer, { stream, revision, position }: LogRecord): void => {
  const dash = stream.indexOf('-');
  if (stream.startsWith('$') || dash < 1) return;
  writer.append(`$ce-${stream.slice(0, dash)}`, expected.any, [
    {
      id: randomUUID(),
      type: '$>',
      isJson: false,
      data: Buffer.from(`${revision}@${stream}`),
      metadata: Buffer.from(JSON.stringify({ $v: '2:-1:1:4', $c: position, $p: position, $o: stream })),
    },
  ]);
};
