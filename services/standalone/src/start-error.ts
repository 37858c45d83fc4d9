/** The start cannot go on, and the message says why and what to do. Nothing else is printed for it. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}
