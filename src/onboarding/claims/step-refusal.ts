import { TemplateError } from '../templates/index.ts'
import type { ProvisioningError } from '../provisioning/index.ts'
import type { JournalEntry } from '../../observability/journal/index.ts'
import { ClaimRefusal } from './claim-refusal.ts'

/**
 * A template that could not be carried out, as the device hears of it: what is wrong with its own parameters, else no
 * more than a code. Roles and names of resources are for the journal. assumed: the codes
 */
export function toDeviceRefusal(
  error: ProvisioningError,
  details: NonNullable<JournalEntry['details']>,
  certificateId: string,
): ClaimRefusal {
  const refused = { journalCode: 'provisioning-failed', details, certificateId } as const
  if (error.cause instanceof TemplateError)
    return new ClaimRefusal({
      ...refused,
      statusCode: 400,
      errorCode: 'InvalidParameters',
      message: error.message,
    })
  if (error.code === 'AccessDeniedException')
    return new ClaimRefusal({
      ...refused,
      statusCode: 403,
      errorCode: 'AccessDenied',
      message: 'Access denied',
    })
  const errorCode = error.code.replace(/Exception$/, '')
  const message = 'The provisioning template could not be carried out'
  return new ClaimRefusal({ ...refused, statusCode: 400, errorCode, message })
}
