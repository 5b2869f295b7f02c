import { reasonCodes, type JournalCode } from '../observability/journal/index.ts'
import type { Verdict } from '../server/own-answers.ts'

/** Text of devices, with what would move a terminal's cursor made visible. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (hidden) => `\\u${(hidden.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** What would become of a device. `isGood`: it is let in, or nothing is wrong with its being turned away. */
export function renderVerdict(verdict: Verdict): { lines: string[]; isGood: boolean } {
  const { action, code, meaning, advice, clientId, details = {} } = verdict
  const { level } = reasonCodes[code as JournalCode] ?? { level: 'warn' }
  const word = action === 'accept' ? 'let in' : level === 'warn' ? 'REFUSED' : 'turned away for now'
  const as = clientId === undefined ? '' : ` as client ${printable(clientId)}`
  return {
    isGood: level !== 'warn',
    lines: [
      `It would be ${word}${as}: ${code}. ${meaning}`,
      ...Object.entries(details).map(([name, value]) => `  ${name}: ${printable(String(value))}`),
      ...(advice === '' || level !== 'warn' ? [] : [advice]),
    ],
  }
}
