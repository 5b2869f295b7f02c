import type { OperationCall } from '../../api/call.ts'
import type { Action } from '../../kit/action.ts'

export const retryCall = (certificateId: string): OperationCall => ({
  service: 'muster',
  operation: 'RetryRegistration',
  input: { certificateId },
})

/** Another try for certificates that wait, without their devices. */
export function retryAction(certificateIds: readonly string[], disabledReason?: string): Action {
  return {
    label: 'Try again',
    question: 'The template of the CA runs again; without one, the registration event is published again.',
    operation: certificateIds.map(retryCall),
    disabledReason,
  }
}
