import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { asEvent, newRandomId, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore, type RecordedEvent } from '@mission-control/event-store';
import { freePorts } from '@mission-control/free-ports';
import {
  hashOfLeaf,
  isSignedBy,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  provesConsistency,
  provesInclusion,
} from '@mission-control/merkle';
import { Scene } from '@mission-control/test-scene';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { guardFolder, startEventStoreDbFake, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMcw } from '../cli/mcw.spec-support.ts';
import { AdminClient } from '../system/admin-client.ts';
import { repositoryRoot } from '../system/repository.ts';
import { type Service, type ServiceName, startService } from '../system/service.spec-support.ts';
import { appendPlaceholders } from './fill-log.ts';
import { type Tampering, tamperingWithFake, tamperingWithPostgres } from './tampering.spec-support.ts';

const isFull = process.env.TEST_SIZE === 'full';
const sizes = isFull ? { postgres: 1_000_000, fake: 100_000 } : { postgres: 100_000, fake: 10_000 };
const perAppend = 500;
/** Entries of board memory on each side of the middle: the events that are tampered with. */
const entriesAside = 1_000;
/** More bytes than a sealing event has in an export. */
const longestLine = 2_000_000;
/** Milliseconds. A verification of the full size takes minutes on a busy machine. */
const patience = isFull ? 3_600_000 : 600_000;

interface Fault {
  readonly kind: string;
  readonly position: string | null;
}
interface Found {
  readonly status: string;
  readonly leaves: number;
  readonly anchor: string;
  readonly fault: Fault | null;
}
interface JobFound extends Found {
  readonly hidden: { readonly removed: number };
}
interface ExportFound extends Found {
  readonly hidden_removed: number;
}

interface Checkpoint {
  readonly size: number;
  readonly root: string;
  readonly note: string;
  readonly verifier_key: string;
}
interface PayloadProof {
  readonly event: string;
  readonly leaf_index: number;
  readonly leaf_hash: string;
  readonly proof: string[];
  readonly checkpoint: Checkpoint;
}
interface Consistency {
  readonly proof: string[];
}
const bytes = (text: string): Buffer => Buffer.from(text, 'base64');

const stores = [
  {
    name: 'Postgres',
    events: sizes.postgres,
    start: async () => {
      const database = await createTestDatabase();
      return {
        url: database.url,
        tampering: () => tamperingWithPostgres(database.url),
        stop: () => database.drop(),
      };
    },
  },
  {
    name: 'EventStoreDB (fake server)',
    events: sizes.fake,
    start: async () => {
      const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
      return { url: fake.url, tampering: async () => tamperingWithFake(fake), stop: () => fake.stop() };
    },
  },
];

// What differs between the stores is below the port. A usual run takes Postgres, where anybody with SQL can tamper.
const usual = stores.filter(({ name }) => isFull || name === 'Postgres');

if (!isFull)
  it('a history on EventStoreDB (fake server)', ({ skip }) =>
    skip('takes most of a minute: npm run test:full runs it'));

describe.each(usual)('a history of $events events on $name', { timeout: patience }, ({ events, start }) => {
  let eventStore: Awaited<ReturnType<typeof start>>;
  let database: TestDatabase;
  let store: EventStore;
  let tampering: Tampering;
  let folder: string;
  let release: () => Promise<void>;
  let services: Service[] = [];
  let admin: AdminClient;
  let mcwEnv: Record<string, string>;
  let key: string;
  /** In the middle of the history: one event outside the tree, and the entries of board memory after it. */
  let entriesBefore: RecordedEvent[];
  let entries: RecordedEvent[];
  let outside: bigint;
  /** Positions as exports have them: before the middle, at its end, and at the end of the first export. */
  let places: { before: string; end: string; last: string };
  const anchor = () => join(folder, 'checkpoint.txt');
  const webhook = { boardId: newRandomId(), webhookId: newRandomId() };

  const context = {
    ...{ occurredAt: new Date().toISOString(), actor: { kind: 'admin', id: 'ada' } as const },
    ...{ correlationId: 'history', causationId: null },
  };

  const addEntries = async (): Promise<void> => {
    const { boardId } = webhook;
    for (let at = 0; at < entriesAside; at += perAppend) {
      const some = Array.from({ length: perAppend }, (_, n) => {
        const entry = {
          entryId: newRandomId(),
          boardId,
          content: `entry ${at + n}`,
          tags: [],
          isChat: false,
        };
        const data = { ...entry, source: null, author: { kind: 'admin', id: 'ada' } as const };
        return asEvent({ type: 'MemoryEntryAdded', data }, context);
      });
      expect(await store.append(streams.memory(boardId), 'any', some)).toMatchObject({ ok: true });
    }
  };

  const startServices = async (): Promise<void> => {
    const names: ServiceName[] = ['projector', 'steward', 'admin-api'];
    const ports = await freePorts(2 * names.length);
    const token = randomBytes(32).toString('hex');
    const env = {
      EVENTSTORE_URL: eventStore.url,
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: encryptionKey,
      INSTALLATION_ID: installationId,
      LOCAL_AUTH_TOKEN: token,
      BASE_URL: 'http://127.0.0.1:1',
      AUDIT_CHECKPOINT_SECONDS: '1',
      AUDIT_ANCHOR_FILE: anchor(),
      WEBHOOK_RETENTION_CHECK_SECONDS: '1',
    };
    services = names.map((name, n) =>
      startService(name, { env, port: ports[2 * n] ?? 0, managementPort: ports[2 * n + 1] ?? 0 }),
    );
    const api = services.find(({ name }) => name === 'admin-api');
    await api?.ready();
    admin = new AdminClient(api?.url ?? '', token);
    mcwEnv = { MCW_URL: api?.url ?? '', MCW_TOKEN: token };
  };
  const encryptionKey = randomBytes(32).toString('base64');
  const installationId = newRandomId();

  /** Resolves when an anchor covers what is in the log now. */
  const anchored = async (): Promise<void> => {
    const marker = asEvent(
      { type: 'AgentDeleted', data: { agentId: newRandomId(), boardId: webhook.boardId } },
      context,
    );
    const stream = streams.agent(newRandomId());
    await store.append(stream, 'any', [marker]);
    await waitFor(
      async () => {
        const { size } = await admin.get<{ size: number }>('/api/v1/audit/checkpoint');
        const kept = (await readFile(anchor(), 'utf8')).split('\n')[1];
        const last = await Array.fromAsync(
          store.readStream(streams.merkle, { direction: 'backwards', limit: 20 }),
        );
        const isSealed = last.some(({ data }) => JSON.stringify(data).includes(stream));
        const sizeOf = last.find(({ type }) => type === 'LeavesSealed')?.data as { firstIndex: number };
        return isSealed && Number(kept) >= size && size > sizeOf.firstIndex;
      },
      { timeout: patience, pause: 200 },
    );
  };

  const verifyByJob = async (): Promise<JobFound> => {
    const { id } = await admin.post<{ id: string }>('/api/v1/audit/verify', {});
    const found = await waitFor(
      async () => {
        const found = await admin.get<JobFound & { id: string }>('/api/v1/audit/verify');
        return found.id === id && found.status !== 'running' && found;
      },
      { timeout: patience, pause: 100 },
    );
    progress(`verified by the job: ${found.status}`);
    return found;
  };

  const file = (name: string) => join(folder, name);

  /** Appends a range of the log to a file. */
  const exportTo = async (path: string, ...range: string[]): Promise<void> => {
    const output = await open(path, 'a');
    const mcw = `${repositoryRoot}services/cli/bin/mcw`;
    const child = spawn(process.execPath, [mcw, 'audit', 'export', ...range], {
      env: { ...mcwEnv, PATH: process.env.PATH },
      stdio: ['ignore', output.fd, 'inherit'],
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    await output.close();
  };

  /** The whole history, in two files: up to the middle, and what comes after it. */
  const exportAround = async (): Promise<void> => {
    await copyFile(anchor(), file('first.txt'));
    const { incarnation } = (await store.head()) ?? {};
    const at = (position: bigint | undefined) => `${incarnation}:${position}`;
    const before = at(entriesBefore[0]?.position);
    const end = at(entries.at(-1)?.position);
    await exportTo(file('begin.ndjson'), '--until', before);
    await exportTo(file('rest.ndjson'), '--after', end);
    const { size } = await stat(file('rest.ndjson'));
    const tail = createReadStream(file('rest.ndjson'), {
      start: Math.max(0, size - longestLine),
      encoding: 'utf8',
    });
    const lines = (await text(tail)).trimEnd().split('\n');
    places = { before, end, last: (JSON.parse(lines.at(-1) ?? '') as { position: string }).position };
  };

  /** Only the middle is tampered with, so only the middle is exported again. */
  const exportMiddle = async (): Promise<void> => {
    await copyFile(file('begin.ndjson'), file('export.ndjson'));
    await exportTo(file('export.ndjson'), '--after', places.before, '--until', places.end);
    await pipeline(
      createReadStream(file('rest.ndjson')),
      createWriteStream(file('export.ndjson'), { flags: 'a' }),
    );
  };

  const verifyExport = async (): Promise<ExportFound & { code: number | null }> => {
    // A checkpoint that is signed after the export may cover more than it has.
    const before = file('before.txt');
    await copyFile(anchor(), before);
    await exportMiddle();
    await exportTo(file('export.ndjson'), '--after', places.last);
    return verifyFile(before);
  };

  const verifyFile = async (before: string): Promise<ExportFound & { code: number | null }> => {
    const { code, stdout } = await startMcw([
      'audit',
      'verify',
      file('export.ndjson'),
      '--anchor',
      before,
      '--key',
      key,
      '--json',
    ]);
    const found = JSON.parse(stdout.toString()) as ExportFound;
    progress(`verified by the command: ${found.status}`);
    return { ...found, code };
  };

  /** What both verifiers find, with the position without the name of the log. */
  const faults = async () => {
    const [job, exported] = await Promise.all([
      verifyByJob(),
      exportMiddle().then(() => verifyFile(file('first.txt'))),
    ]);
    expect({ status: job.status, exported: exported.status, code: exported.code }).toEqual({
      ...{ status: 'failed', exported: 'failed', code: 1 },
    });
    const { kind = '', position = null } = exported.fault ?? {};
    return { job: job.fault, exported: { kind, position: position?.split(':')[1] ?? null } };
  };
  const bothFind = (kind: string, position: bigint | null) => {
    const fault = { kind, position: position === null ? null : `${position}` };
    return { job: expect.objectContaining(fault), exported: fault };
  };

  /** A run of the full size takes minutes in which nothing else is to be seen. */
  const progress = (done: string): void => {
    if (isFull) console.info(`${new Date().toISOString()} ${events} events: ${done}`);
  };

  beforeAll(async () => {
    console.info(`a history of ${events} events`);
    [eventStore, database] = [await start(), await createTestDatabase()];
    folder = await mkdtemp(join(tmpdir(), 'tampering-'));
    const guard = guardFolder(folder);
    release = () => guard.release();
    store = await openEventStore(eventStore.url);
    tampering = await eventStore.tampering();
    await startServices();
    await waitFor(() => readFile(anchor(), 'utf8').catch(() => null), { timeout: patience });
    await appendPlaceholders(store, events / 2 - entriesAside, context);
    await addEntries();
    await store.append(streams.rejections(newRandomId()), 'any', [
      asEvent(
        {
          type: 'WebhookRequestRefused',
          data: {
            ...webhook,
            ...{
              refusedAt: context.occurredAt,
              status: 403,
              code: 'signature_invalid',
              sourceIp: '192.0.2.1',
            },
            ...{ declaredBytes: 2, receivedBytes: 2, omitted: 0 },
          },
        },
        context,
      ),
    ]);
    await addEntries();
    await appendPlaceholders(store, events / 2 - entriesAside, context);
    const all = await Array.fromAsync(store.readAll({ filter: { types: ['MemoryEntryAdded'] } }));
    [entriesBefore, entries] = [all.slice(0, entriesAside), all.slice(entriesAside)];
    for await (const event of store.readAll({ filter: { types: ['WebhookRequestRefused'] } }))
      outside = event.position;
    progress('appended');
    key = (await admin.get<{ verifier_key: string }>('/api/v1/audit/checkpoint')).verifier_key;
    await anchored();
    progress('sealed');
    await exportAround();
    progress('exported');
  }, patience);
  afterAll(async () => {
    for (const service of services) await service.kill();
    await store?.close();
    await tampering?.close();
    await database?.drop();
    await eventStore?.stop();
    await release?.();
  });

  it('verifies as it is', async () => {
    const [job, exported] = await Promise.all([verifyByJob(), verifyExport()]);
    expect(job).toMatchObject({ status: 'verified', fault: null, anchor: 'compared' });
    expect(exported).toMatchObject({ status: 'verified', fault: null, anchor: 'compared', code: 0 });
    for (const { leaves } of [job, exported]) expect(leaves).toBeGreaterThan(events);
  });

  it('proves that a payload is in it, and that it continues what was signed before', async () => {
    const before = await admin.get<Checkpoint>('/api/v1/audit/checkpoint');
    const scene = new Scene(store);
    const boardId = await scene.board();
    const webhookId = await scene.webhook(boardId);
    const { payloadId } = await scene.arrival({ boardId, webhookId });
    const path = `/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads/${payloadId}/proof`;
    const proof = await waitFor(async () => {
      const answer = await admin.call<PayloadProof>('GET', path);
      return answer.status === 200 && answer.body;
    });
    const { size, root, note, verifier_key } = proof.checkpoint;
    expect(isSignedBy(parseNote(note), parseVerifierKey(verifier_key))).toBe(true);
    expect(parseCheckpoint(note)).toMatchObject({ size, root: bytes(root) });
    expect(JSON.parse(proof.event)).toMatchObject({ type: 'WebhookPayloadReceived', data: { payloadId } });
    const leaf = hashOfLeaf(Buffer.from(proof.event));
    expect(leaf.toString('base64')).toBe(proof.leaf_hash);
    const tree = { size, root: bytes(root) };
    expect(provesInclusion({ index: proof.leaf_index, hash: leaf }, tree, proof.proof.map(bytes))).toBe(true);

    const sizes = `from=${before.size}&to=${size}`;
    const consistency = await admin.get<Consistency>(`/api/v1/audit/consistency?${sizes}`);
    expect(consistency).toMatchObject({ from: { size: before.size, root: before.root }, to: { size, root } });
    const first = { size: before.size, root: bytes(before.root) };
    expect(provesConsistency(first, tree, consistency.proof.map(bytes))).toBe(true);

    const claims = [
      { inclusion: { index: proof.leaf_index, size, leaf: proof.leaf_hash, root, proof: proof.proof } },
      {
        consistency: {
          ...{ first: before.size, first_root: before.root, second: size, second_root: root },
          proof: consistency.proof,
        },
      },
    ];
    const input = claims.map((claim) => JSON.stringify(claim)).join('\n');
    const script = `${repositoryRoot}packages/merkle/verify_proof.py`;
    // Not every machine has it. The package's own spec says so when it is missing.
    const python = spawnSync('python3', [script], { input, encoding: 'utf8' });
    if (!python.error) expect(python.stdout).toBe('valid\nvalid\n');
  });

  it('in which an event was altered does not verify', async () => {
    const { position } = entries[500] as RecordedEvent;
    const undo = await tampering.alter(position);
    expect(await faults()).toEqual(bothFind('altered', position));
    await undo();
  });

  it('from which an event was removed does not verify', async () => {
    const [before, after] = entries.slice(300, 302) as [RecordedEvent, RecordedEvent];
    const undo = await tampering.remove(before.position);
    expect(await faults()).toEqual(bothFind('missing', after.position));
    await undo();
  });

  it('in which two events were exchanged does not verify', async () => {
    const [one, other] = [entries[100], entries[900]] as [RecordedEvent, RecordedEvent];
    const undo = await tampering.exchange(one.position, other.position);
    expect(await faults()).toEqual(bothFind('reordered', one.position));
    await undo();
  });

  it('into which an event was inserted does not verify', async () => {
    const undo = await tampering.insert(outside, streams.memory(newRandomId()));
    expect(await faults()).toEqual(bothFind('inserted', outside));
    await undo();
  });

  it('verifies after a webhook was deleted, and states what is gone', async () => {
    const scene = new Scene(store);
    const boardId = await scene.board();
    const deleted = { boardId, webhookId: await scene.webhook(boardId) };
    for (let n = 0; n < 10; n++) await scene.arrival(deleted);
    await scene.append(streams.webhook(deleted.webhookId), {
      type: 'WebhookDeleted',
      data: { ...deleted, cleanupMemory: true },
    });
    await waitFor(async () => {
      for await (const _ of store.readStream(streams.payloads(deleted.webhookId), { limit: 1 })) return false;
      return true;
    });
    const [job, exported] = await Promise.all([verifyByJob(), verifyExport()]);
    expect(job).toMatchObject({ status: 'verified', hidden: { removed: 10 } });
    expect(exported).toMatchObject({ status: 'verified', hidden_removed: 10 });
  });

  it('verifies after the retention of payloads has ended, and states what is gone', async () => {
    const scene = new Scene(store);
    const boardId = await scene.board();
    const kept = { boardId, webhookId: await scene.webhook(boardId) };
    for (let n = 0; n < 10; n++) await scene.arrival(kept);
    await scene.append(streams.webhook(kept.webhookId), {
      type: 'WebhookUpdated',
      data: { ...kept, retentionMaxPayloads: 4 },
    });
    const firstRevision = async () => {
      for await (const { revision } of store.readStream(streams.payloads(kept.webhookId), { limit: 1 }))
        return revision;
    };
    await waitFor(async () => (await firstRevision()) === 6);
    const [job, exported] = await Promise.all([verifyByJob(), verifyExport()]);
    // The arrivals, and how their deliveries ended.
    const removed = 10 + 2 * 6;
    expect(job).toMatchObject({ status: 'verified', hidden: { removed } });
    expect(exported).toMatchObject({ status: 'verified', hidden_removed: removed });
  });

  it('whose tail was cut does not verify', async () => {
    await anchored();
    for (const service of services) await service.kill();
    const { position } = entries[400] as RecordedEvent;
    await tampering.cut(position);
    await startServices();
    await waitFor(async () => (await verifyByJob()).fault?.kind === 'cut', { timeout: patience });
    const before = file('before.txt');
    await copyFile(anchor(), before);
    await rm(file('export.ndjson'));
    await exportTo(file('export.ndjson'));
    expect((await verifyFile(before)).fault).toMatchObject({ kind: 'cut', position: null });
  });
});
