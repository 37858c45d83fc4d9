import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { generate } from 'selfsigned';
import { host } from './node.ts';

export interface Certificate {
  readonly serverCredentials: ServerCredentials;
  /** The path to pass as a client's `tlsCAFile`. */
  readonly file: string;
  remove(): Promise<void>;
}

/** Creates a self-signed certificate for this machine, in its own folder. */
export const makeCertificate = async (): Promise<Certificate> => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'eventstoredb-fake' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: host },
        ],
      },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-eventstoredb-'));
  const file = join(folder, 'ca.crt');
  await writeFile(file, cert);
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  return {
    serverCredentials: ServerCredentials.createSsl(null, [pair]),
    file,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
