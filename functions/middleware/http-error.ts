/** An answer other than 2xx. Thrown by a handler, turned into a response by `httpErrors`. */
export class HttpError extends Error {
  readonly statusCode: number;
  /** JSON of the answer: nothing that the caller did not send or may not know. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(statusCode: number, body: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(`HTTP ${statusCode}`, { cause });
    this.name = 'HttpError';
    this.statusCode = statusCode;
    this.body = body;
  }
}
