import type { OpenClawSimulator } from '@mission-control/testing';

/** The payloads whose messages agents got, one entry per message, sorted. */
export const toldPayloads = (openclaw: OpenClawSimulator): string[] =>
  Object.values(openclaw.consumed())
    .flat()
    .map(({ text }) => /^Payload ID: (\S+)$/m.exec(text)?.[1] ?? 'none')
    .sort();
