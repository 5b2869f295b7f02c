import { renderReport, type DeviceReport } from '../observability/journal/index.ts'
import type { CommandContext } from './command.ts'
import { findSigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

export async function explain({ operands, source, print }: CommandContext): Promise<number> {
  const [subject = ''] = operands
  const path = `/muster/v1/explain?subject=${encodeURIComponent(subject)}`
  const report = (await signedRequest(findSigningTarget(source), {
    service: 'muster',
    method: 'GET',
    path,
  })) as DeviceReport
  print(renderReport(report))
  return report.entries.length + report.certificates.length > 0 ? 0 : 1
}
