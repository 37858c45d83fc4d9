/** What the operator decides about the answers. */
export class Settings {
  constructor(
    /** Absolute, without a slash at the end: what senders reach the gateway by. */
    readonly baseUrl: string,
    /** Whether deleting a webhook takes board memory of its payloads along where the request does not say. */
    readonly cleanupMemory: boolean,
  ) {}
}
