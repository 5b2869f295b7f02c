import type { JournalCode } from '../../observability/journal/index.ts'
import { describeDecision, suggestStatement, type Decision } from '../../access/policies/index.ts'
import type { RefusalDetails } from './refuse.ts'
import type { DeviceAction } from '../../lib/device-actions.ts'
import type { Rights } from './rights.ts'

/** Records that a policy refused something. */
export type DenialReport = (code: JournalCode, action: DeviceAction, name: string) => void

/** What a person needs to understand a denial and to mend it. */
export function denialDetails(
  rights: Rights,
  action: DeviceAction,
  name: string,
  decision: Decision = rights.decide(action, name),
): RefusalDetails {
  return describeDenial({ action, resource: rights.resource(action, name) }, decision)
}

export function describeDenial(
  request: { action: string; resource: string },
  decision: Decision,
): RefusalDetails {
  return {
    ...request,
    decision: describeDecision(decision, request),
    suggestion: suggestStatement(request),
  }
}
