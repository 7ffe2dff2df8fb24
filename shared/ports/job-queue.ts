/** Hands work to a later invocation. Delivery is at least once, in no order (in order per `groupId` on a FIFO queue). */
export interface JobQueue<Job> {
  /**
   * Durable once it returns.
   * @param options.delaySeconds at most 900; the job becomes visible no earlier. Not on a FIFO queue.
   * @param options.isRepeat it asks for what was asked before (the next look): where jobs queue up, the embedded engine
   * hands out others of the last 30 s before it. SQS takes no notice: it has no order to change, and more workers.
   * @param options.dedupeId FIFO only: a second send with this id within 5 minutes is dropped, delivered or not.
   * @param options.groupId FIFO only: jobs of a group are handed out one after another.
   * @throws {QueueError} when the queue did not accept the job; the caller may try again
   */
  send(job: Job, options?: SendOptions): Promise<void>;

  /** Sends all or throws; on a throw some may have been sent. @throws {QueueError} */
  sendAll(jobs: readonly { readonly job: Job; readonly options?: SendOptions }[]): Promise<void>;
}

export interface SendOptions {
  readonly delaySeconds?: number;
  readonly isRepeat?: boolean;
  readonly dedupeId?: string;
  readonly groupId?: string;
}

/** Changes when a job that is being worked on is handed out again. */
export interface JobVisibility {
  /** @param seconds 0 to 43,200 @throws {QueueError} */
  postpone(receipt: string, seconds: number): Promise<void>;
}

/** A job as handed out by the embedded queue; on Lambda the event source does this. */
export interface ReceivedJob {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  /** 1 the first time. */
  readonly receiveCount: number;
  readonly groupId: string | undefined;
}

/** The consuming side, for running in one process. */
export interface JobSource extends JobVisibility {
  /** @param visibilitySeconds how long the jobs stay hidden from others @throws {QueueError} */
  receive(limit: number, visibilitySeconds: number): Promise<readonly ReceivedJob[]>;
  /** @throws {QueueError} */
  remove(receipt: string): Promise<void>;
}
