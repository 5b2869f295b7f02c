import {
  renderRefusals,
  renderReport,
  type DeviceReport,
  type RefusalsReport,
} from '../observability/journal/index.ts'
import type { CommandContext } from './command.ts'
import { findSigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

/** As many as fit on some screens. */
const shownRefusals = 50

export async function explain({ operands, alternative, source, print }: CommandContext): Promise<number> {
  const ask = (path: string) =>
    signedRequest(findSigningTarget(source), { service: 'muster', method: 'GET', path: `/muster/v1/${path}` })
  if (alternative) {
    const { option, value } = alternative
    const address = option === 'address' ? `&address=${encodeURIComponent(value)}` : ''
    const report = (await ask(`refusals?limit=${shownRefusals}${address}`)) as RefusalsReport
    print(renderRefusals(report))
    return report.entries.length > 0 ? 0 : 1
  }
  const [subject = ''] = operands
  const report = (await ask(`explain?subject=${encodeURIComponent(subject)}`)) as DeviceReport
  print(renderReport(report))
  return report.entries.length + report.certificates.length > 0 ? 0 : 1
}
