/** `invalid`: no regular expression at all. `not-offered`: one that this engine does not run. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
  readonly reason: 'invalid' | 'not-offered'

  constructor(reason: 'invalid' | 'not-offered', message: string) {
    super(message)
    this.reason = reason
  }
}
