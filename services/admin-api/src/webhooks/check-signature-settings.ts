import type { EncryptedSecret, SignatureScheme } from '@mission-control/contracts';
import { CommandRejected } from '@mission-control/domain';

interface SignatureSettings {
  readonly signatureScheme: SignatureScheme;
  readonly signatureHeader: string | null;
  readonly secret: EncryptedSecret | null;
}

/** @throws CommandRejected where the settings contradict each other */
export const checkSignatureSettings = (settings: SignatureSettings): void => {
  const { signatureScheme: scheme, signatureHeader, secret } = settings;
  if (signatureHeader !== null && scheme !== 'hmac') {
    throw new CommandRejected(
      'invalid',
      'signature_header_not_used',
      `signature_header goes with the scheme hmac only; ${scheme} has its own. Set it to null.`,
    );
  }
  if (secret !== null && scheme === 'none') {
    throw new CommandRejected(
      'invalid',
      'secret_unused',
      'The scheme none verifies nothing, secret or not. Choose another scheme, or set secret to null.',
    );
  }
  if (secret === null && scheme !== 'hmac' && scheme !== 'none') {
    throw new CommandRejected(
      'invalid',
      'secret_required',
      `The scheme ${scheme} needs a secret: without one nothing would be verified.`,
    );
  }
};
