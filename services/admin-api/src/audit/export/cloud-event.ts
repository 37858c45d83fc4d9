import { occurredAtOf } from '@mission-control/contracts';
import type { RecordedEvent } from '@mission-control/event-store';
import { canonicalJson } from '@mission-control/merkle';

/**
 * The event as CloudEvents 1.0 in JSON, in one line. What is encrypted in the log stays encrypted. Data, at the end, and metadata are in the
 * canonical form, so that a verifier can hash them as they are.
 */
export const cloudEventLine = (event: RecordedEvent, log: { source: string; incarnation: string }): string =>
  `${JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source: log.source,
    type: event.type,
    time: occurredAtOf(event),
    subject: event.stream,
    datacontenttype: 'application/json',
    revision: event.revision,
    position: `${log.incarnation}:${event.position}`,
    recordedat: event.recordedAt,
    // An extension attribute cannot be an object. A verifier needs all of it, exactly.
    metadata: canonicalJson(event.metadata),
  }).slice(0, -1)},"data":${canonicalJson(event.data)}}\n`;
