import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { HashText } from './hashes.ts';

/** What a leaf covers of an event. */
export interface LeafEvent {
  /** Without the prefix of the installation. */
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

const sealedNames: ReadonlySet<string> = new Set([
  'keyring',
  'signing_keys',
  'installation',
  'audit',
  'audit_verifications',
  'merkle',
]);
const sealedCategories: ReadonlySet<string> = new Set([
  ...[
    'board',
    'board_slug',
    'agent',
    'openclaw_gateway',
    'openclaw_gateway_status',
    'webhook',
    'payloads',
    'coalesced',
  ],
  ...['delivery', 'memory', 'replay', 'replay_items', 'removals', 'projection'],
]);

/**
 * Whether the events of a stream are leaves. Outside are the rejections, of which only the newest are kept; the places up to which the relay,
 * the steward and the replays have read, and the progress of a copy, which concern one log only; and streams of other programs.
 */
export const isSealed = (stream: string): boolean => {
  const dash = stream.indexOf('-');
  return dash < 0 ? sealedNames.has(stream) : sealedCategories.has(stream.slice(0, dash));
};

/**
 * The canonical bytes of an event: the UTF-8 text of an object with these six members as RFC 8785 writes it. The position and the time of
 * the record are not covered, because they are different in a copy of the log.
 */
export const canonicalText = (event: LeafEvent): string =>
  textOfLeaf(event, canonicalJson(event.data), canonicalJson(event.metadata));

/**
 * The same, of data and metadata that are canonical already. If they are not, the hash is another one, so a verifier need not look.
 *
 * @param data canonical JSON
 * @param metadata canonical JSON
 */
export const textOfLeaf = (
  { stream, revision, id, type }: Omit<LeafEvent, 'data' | 'metadata'>,
  data: string,
  metadata: string,
): string =>
  `{"data":${data},"id":${canonicalJson(id)},"metadata":${metadata},"revision":${revision},"stream":${canonicalJson(stream)},"type":${canonicalJson(type)}}`;

/** The hash of an event's leaf: SHA-256(0x00 ‖ canonical bytes). */
export const leafHashOf = (event: LeafEvent): HashText => hashOfText(canonicalText(event));

/** The hash of the leaf with this canonical text. */
export const hashOfText = (text: string): HashText => hash('sha256', `\0${text}`, 'binary');
