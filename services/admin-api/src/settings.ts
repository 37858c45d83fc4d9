/** Operator settings that the use cases need. */
export class Settings {
  constructor(
    /** The URL at which senders reach the gateway: absolute, without a trailing slash. */
    readonly baseUrl: string,
    /** Whether deleting a webhook also deletes the board memory of its payloads, unless the request says otherwise. */
    readonly cleanupMemory: boolean,
    /** Whether read links give access to anything. */
    readonly readLinks: boolean,
    /** For how many days the operator keeps backups; null: not known. */
    readonly backupsKeptDays: number | null,
  ) {}
}
