import {
  type Dedupe,
  parseEventTypeSetting,
  type SignatureScheme,
  soundsSecret,
} from '@mission-control/contracts';
import { CommandRejected } from '@mission-control/domain';
import { InvalidSecret, parseDedupe, schemes, schemesWith } from '@mission-control/signatures';
import { listed } from '../http/texts.ts';

interface SignatureSettings {
  readonly signatureScheme: SignatureScheme;
  readonly signatureHeader: string | null;
  readonly secret: unknown;
  readonly eventType: string;
}

const invalid = (code: string, detail: string) => new CommandRejected('invalid', code, detail);

/** @throws CommandRejected when the settings contradict each other */
export const checkSignatureSettings = (settings: SignatureSettings): void => {
  const { signatureScheme: scheme, signatureHeader, secret, eventType } = settings;
  const { acceptsSignatureHeader, proof } = schemes[scheme];
  if (signatureHeader !== null && !acceptsSignatureHeader) {
    const accepting = listed(schemesWith('acceptsSignatureHeader'));
    throw invalid(
      'signature_header_not_used',
      `signature_header applies only to the schemes ${accepting}; ${scheme} has its own header. Set it to null.`,
    );
  }
  if (secret !== null && proof === null) {
    throw invalid(
      'secret_unused',
      `The scheme ${scheme} verifies nothing, with or without a secret. Choose another scheme, or set secret to null.`,
    );
  }
  if (secret === null && proof?.needsSecret) {
    throw invalid(
      'secret_required',
      `The scheme ${scheme} needs a secret: without one nothing would be verified.`,
    );
  }
  checkEventType(eventType, schemes[scheme].secretHeaders({ signatureHeader }));
};

/** The value of a secret header is not stored, so no event type can be read there. */
const checkEventType = (eventType: string, secretHeaders: readonly string[]): void => {
  const setting = parseEventTypeSetting(eventType);
  const parts = 'parts' in setting ? setting.parts : [];
  for (const part of parts) {
    if (part.from !== 'header' || !(secretHeaders.includes(part.name) || soundsSecret(part.name))) continue;
    throw invalid(
      'event_type_invalid',
      `event_type names ${part.name}. That header may carry a secret, so its value is not stored. Choose another place.`,
    );
  }
};

/** @throws CommandRejected when the scheme cannot use the secret */
export const checkSecret = (scheme: SignatureScheme, secret: string): void => {
  try {
    schemes[scheme].proof?.keyOf(secret);
  } catch (error) {
    if (!(error instanceof InvalidSecret)) throw error;
    throw invalid('secret_invalid', `With the scheme ${scheme} the secret ${error.message}`);
  }
};

/**
 * The setting in its canonical form.
 *
 * @throws CommandRejected when the text is not a dedupe setting
 */
export const dedupeOf = (
  text: string,
  { signatureScheme, signatureHeader }: Omit<SignatureSettings, 'secret' | 'eventType'>,
): Dedupe => {
  const dedupe = parseDedupe(text, schemes[signatureScheme].secretHeaders({ signatureHeader }));
  if (dedupe !== null) return dedupe;
  throw invalid(
    'dedupe_invalid',
    'dedupe must be scheme, off, header:<name> (not Authorization, Cookie or another header that carries a secret, and not one that ' +
      'the scheme reads), or body:<JSON pointer>, for example body:/data/id.',
  );
};
