import type { EventData } from '@mission-control/contracts';
import { type Keyring, readLinkToken } from '@mission-control/keyring';

type Attempt = EventData<'DeliveryAttempted'>;

/** The read links in messages. An attempt records what its link follows from, so that it is the same whenever the message is made again. */
export class ReadLinks {
  readonly #keyring: Pick<Keyring, 'mac' | 'newestKeyId'>;
  readonly #seconds: number;

  /** @param seconds how long a link is valid; 0: messages have none */
  constructor(keyring: Pick<Keyring, 'mac' | 'newestKeyId'>, seconds: number) {
    this.#keyring = keyring;
    this.#seconds = seconds;
  }

  /** The members of a new attempt. */
  begin(): Pick<Attempt, 'readLink'> {
    if (this.#seconds === 0) return {};
    const expiresAt = (Math.floor(Date.now() / 1_000) + this.#seconds) * 1_000;
    const { newestKeyId: keyId } = this.#keyring;
    return { readLink: { keyId, expiresAt: new Date(expiresAt).toISOString() } };
  }

  /**
   * The link in the message of an attempt; null: there is none, or its key is gone.
   *
   * @param payloadId the payload that it reads: of several that are told together, one
   */
  async urlOf(
    { readLink, webhookId, agentId, baseUrl, ...attempt }: Omit<Attempt, 'textSha256'>,
    payloadId = attempt.payloadId,
  ): Promise<string | null> {
    if (!readLink) return null;
    const { keyId, expiresAt } = readLink;
    const token = await readLinkToken(this.#keyring, keyId, { webhookId, payloadId, agentId, expiresAt });
    return token && `${baseUrl}/api/v1/read/${token}`;
  }
}
