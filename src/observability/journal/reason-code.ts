export interface ReasonCode {
  level: 'info' | 'warn'
  meaning: string
  /** What an operator can do; empty when nothing is wrong. */
  advice: string
}
