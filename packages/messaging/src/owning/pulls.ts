import {
  createInbox,
  type Msg,
  type NatsConnection,
  nanos,
  type Subscription,
} from '@nats-io/transport-node';

export interface PullsParts {
  readonly connection: NatsConnection;
  /** On which the consumer is asked for messages. */
  readonly subject: string;
  readonly received: (message: Msg) => void;
  /** The consumer, the stream or the server is gone. */
  readonly failed: (reason: string) => void;
}

/** A request for messages, and the subscription for what it brings. */
interface Pull {
  readonly inbox: string;
  readonly subscription: Subscription;
  /** When it was sent, monotonic milliseconds. */
  at: number;
  /** How many messages it may still bring. */
  expected: number;
}

/** How long the server holds a pull open. */
const pullMs = 1_000;
const pullMessages = 500;
/**
 * The next pull begins while the previous one is open. If there was only one, a message that comes at the moment when it expires would
 * wait: nats-server 2.9 then drops the pull without a word.
 */
const pullEveryMs = pullMs / 2;
/** So many pulls later, an unanswered one is forgotten. */
const keptPulls = 12;

/**
 * Asks a consumer for its messages again and again. Answers arrive in the order in which the server sent them. Each pull that is open has
 * its own subscription, because only that shows which pull an answer belongs to.
 */
export class Pulls {
  readonly #parts: PullsParts;
  readonly #open = new Set<Pull>();
  readonly #idle: Pull[] = [];
  #timer: NodeJS.Timeout | undefined;
  #newest: Pull | undefined;
  #answeredAt: number;

  /** @param answeredAt when the server was last asked something that it has answered, monotonic milliseconds */
  constructor(parts: PullsParts, answeredAt: number) {
    this.#parts = parts;
    this.#answeredAt = answeredAt;
  }

  /** When the newest pull was sent that the server has answered, monotonic milliseconds. At most 1.5 s ago while the server answers. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  start(): void {
    this.#timer = setInterval(() => this.#pull(), pullEveryMs);
    this.#pull();
  }

  /** What the open pulls bring still arrives. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  unsubscribe(): void {
    for (const { subscription } of [...this.#open, ...this.#idle]) subscription.unsubscribe();
  }

  #pull(): void {
    const { connection, subject } = this.#parts;
    if (connection.isClosed()) return;
    const pull = this.#idle.pop() ?? this.#subscribe();
    pull.at = performance.now();
    pull.expected = pullMessages;
    this.#open.add(pull);
    this.#newest = pull;
    const request = JSON.stringify({ batch: pullMessages, expires: nanos(pullMs) });
    connection.publish(subject, request, { reply: pull.inbox });
    const [oldest] = this.#open;
    if (oldest && this.#open.size > keptPulls) {
      this.#open.delete(oldest);
      oldest.subscription.unsubscribe();
    }
  }

  #subscribe(): Pull {
    const inbox = createInbox();
    const subscription = this.#parts.connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error) this.#parts.failed(error.message);
        else this.#receive(message, pull);
      },
    });
    const pull: Pull = { inbox, subscription, at: 0, expected: 0 };
    return pull;
  }

  /** A pull ends with its last message or with a status. */
  #receive(message: Msg, pull: Pull): void {
    if (message.reply) {
      this.#answeredAt = Math.max(this.#answeredAt, pull.at);
      pull.expected -= 1;
      if (pull.expected === 0) this.#ended(pull, true);
      this.#parts.received(message);
    } else if (message.headers?.code === 408) {
      // It has expired.
      this.#answeredAt = Math.max(this.#answeredAt, pull.at);
      this.#ended(pull, pull === this.#newest);
    } else {
      this.#parts.failed(message.headers?.description || 'the consumer is gone');
    }
  }

  /** @param again without waiting for the timer */
  #ended(pull: Pull, again: boolean): void {
    this.#open.delete(pull);
    this.#idle.push(pull);
    if (again && this.#timer) this.#pull();
  }
}
