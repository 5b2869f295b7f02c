/** One thing that `muster doctor` looked at. */
export interface Finding {
  /** What was looked at, in a word or two. */
  subject: string
  /** A `fault` keeps the server from running, or from keeping what it promises; a `warning` will hurt some day. */
  state: 'ok' | 'warning' | 'fault'
  /** What was found. */
  found: string
  /** What to do about it; absent when all is well. */
  advice?: string
}

export const fine = (subject: string, found: string): Finding => ({ subject, state: 'ok', found })

export const warning = (subject: string, found: string, advice: string): Finding => ({
  subject,
  state: 'warning',
  found,
  advice,
})

export const fault = (subject: string, found: string, advice: string): Finding => ({
  subject,
  state: 'fault',
  found,
  advice,
})
