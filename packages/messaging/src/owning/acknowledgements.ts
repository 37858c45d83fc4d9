/** The numbers in the reply subject of a message. */
export interface Place {
  /** In the stream. */
  readonly sequence: number;
  /** Among everything that the consumer has handed out, from 1. */
  readonly delivery: number;
}

/**
 * The subjects on which the messages of a consumer are acknowledged:
 * `$JS.ACK[.<domain>.<account>].<stream>.<consumer>.<times delivered>.<sequence>.<delivery>.<time>.<pending>[.<token>]`. The server reads the
 * first three numbers. The subject of a message is built from them, because it is longer than the rest of what is kept of a message.
 */
export class Acknowledgements {
  readonly #prefix: string;
  readonly #suffix: string;

  /** @param example the reply subject of any message of the consumer */
  constructor(example: string) {
    const parts = example.split('.');
    const at = sequenceAt(parts);
    this.#prefix = parts.slice(0, at).join('.');
    this.#suffix = '.0'.repeat(parts.length - at - 2);
  }

  subject(sequence: number, delivery: number): string {
    return `${this.#prefix}.${sequence}.${delivery}${this.#suffix}`;
  }
}

export const placeIn = (replySubject: string): Place => {
  const parts = replySubject.split('.');
  const at = sequenceAt(parts);
  return { sequence: Number(parts[at]), delivery: Number(parts[at + 1]) };
};

const sequenceAt = (parts: readonly string[]): number => (parts.length === 9 ? 5 : 7);
