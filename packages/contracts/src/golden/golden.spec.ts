import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../domain-event.ts';
import { eventSchemas } from '../events/catalogue.ts';
import { newestVersion } from '../upcasting.ts';

interface Sample {
  stream: string;
  revision: number;
  id: string;
  type: string;
  data: unknown;
  metadata: { schemaVersion: number };
}

/** Events as earlier releases stored them. Published samples are never edited. A new version or new optional members get a new file. */
const samples = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Sample[]);

describe('stored events of every version', () => {
  it.each(Object.keys(eventSchemas))('%s has a sample of each of its versions', (type) => {
    const versions = samples.filter((one) => one.type === type).map((one) => one.metadata.schemaVersion);
    const expected = Array.from({ length: newestVersion(type) }, (_, n) => n + 1);
    expect([...new Set(versions)].sort()).toEqual(expected);
  });

  it.each(samples.map((sample) => [`${sample.type} (${sample.stream}@${sample.revision})`, sample] as const))(
    '%s parses without losing anything',
    (_, sample) => {
      const parsed = parseEvent(sample);
      expect(parsed.metadata).toEqual(sample.metadata);
      if (sample.metadata.schemaVersion === newestVersion(sample.type))
        expect(parsed.data).toEqual(sample.data);
    },
  );
});
