import { occurredAtOf } from '@mission-control/contracts';
import type { RecordedText } from '@mission-control/event-store';

/**
 * The event as CloudEvents 1.0 in JSON, in one line. What is encrypted in the log stays encrypted. Data, at the end, and metadata are the
 * texts that are stored: canonical ones, which a verifier can hash as they are, unless an older release has stored them.
 */
export const cloudEventLine = (event: RecordedText, log: { source: string; incarnation: string }): string =>
  `${JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source: log.source,
    type: event.type,
    time: occurredAtOf({ metadata: JSON.parse(event.metadata) }),
    subject: event.stream,
    datacontenttype: 'application/json',
    revision: event.revision,
    position: `${log.incarnation}:${event.position}`,
    recordedat: event.recordedAt,
    // An extension attribute cannot be an object. A verifier needs all of it, exactly.
    metadata: event.metadata,
  }).slice(0, -1)},"data":${event.data}}\n`;
