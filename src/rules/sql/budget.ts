/**
 * Why a statement could not be evaluated for one message: the rule fails and its error action runs.
 * `failed` is what `get_or_default()` may catch; `limit` ends the evaluation.
 */
export class SqlEvaluationError extends Error {
  override readonly name = 'SqlEvaluationError'
  readonly reason: 'failed' | 'limit'

  constructor(reason: 'failed' | 'limit', message: string) {
    super(message)
    this.reason = reason
  }
}

/** UTF-16 units of one text, of an output too. */
export const maxTextLength = 262_144
const maxSteps = 1_000_000

/**
 * Bounds the work of one evaluation. Whatever loops or grows asks first, so a statement ends in bounded time
 * and memory, whatever the payload holds: no timer is needed.
 */
export class Budget {
  #steps = maxSteps

  /** @throws {SqlEvaluationError} when the evaluation has used up its steps */
  spend(steps: number): void {
    this.#steps -= steps
    if (this.#steps < 0)
      throw new SqlEvaluationError(
        'limit',
        `the statement needs more than ${maxSteps} steps for this message`,
      )
  }

  /** Asks for a text of this length, before it is built. */
  spendText(length: number): void {
    if (length > maxTextLength)
      throw new SqlEvaluationError('limit', `a value has more than ${maxTextLength} characters`)
    this.spend(1 + Math.ceil(length / 16))
  }

  /** Asks for a list of this many items, before it is built. */
  spendItems(count: number): void {
    this.spend(1 + count)
  }
}
