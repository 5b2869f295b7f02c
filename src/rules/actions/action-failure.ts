/** Why an action did not do its work, in words for the operator. */
export class ActionFailure extends Error {
  override readonly name = 'ActionFailure'
  /** Whether a later try may do better. */
  readonly isRetryable: boolean

  constructor(message: string, options: { isRetryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.isRetryable = options.isRetryable ?? false
  }
}
