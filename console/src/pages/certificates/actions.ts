/** What can be done to device certificates, from their list and from their page. */
import type { OperationCall } from '../../api/call.ts'
import type { Action } from '../../kit/action.ts'
import { retryAction } from '../trials/retry.ts'

export interface CertificateState {
  certificateId: string
  status: string
}

const iot = (operation: string, input: object): OperationCall => ({ service: 'iot', operation, input })

const changes = [
  { label: 'Activate', newStatus: 'ACTIVE', question: 'The device may then do whatever its policies allow.' },
  {
    label: 'Deactivate',
    newStatus: 'INACTIVE',
    question: 'The device is disconnected at once and turned away until it is active again.',
  },
  { label: 'Revoke', newStatus: 'REVOKED', question: 'The device is disconnected at once and turned away.' },
]

export function certificateActions(
  certificates: readonly CertificateState[],
  onDeleted?: () => void,
): Action[] {
  const isEvery = (status: string) =>
    certificates.length > 0 && certificates.every((certificate) => certificate.status === status)
  const isActive = certificates.some(({ status }) => status === 'ACTIVE')
  const inTransfer = certificates.some(({ status }) => status === 'PENDING_TRANSFER')
    ? 'It is being transferred'
    : undefined
  return [
    ...changes.map(({ label, newStatus, question }) => ({
      label,
      question,
      operation: certificates.map(({ certificateId }) =>
        iot('UpdateCertificate', { certificateId, newStatus }),
      ),
      disabledReason: inTransfer ?? (isEvery(newStatus) ? `It is ${newStatus}` : undefined),
    })),
    retryAction(
      certificates.map(({ certificateId }) => certificateId),
      isEvery('PENDING_ACTIVATION') ? undefined : 'Only what is PENDING_ACTIVATION waits for a decision',
    ),
    {
      label: 'Delete',
      question: 'The device is a stranger then: it registers anew if its CA has auto-registration enabled.',
      typed: 'delete',
      operation: certificates.map(({ certificateId }) => iot('DeleteCertificate', { certificateId })),
      disabledReason: inTransfer ?? (isActive ? 'Deactivate it first' : undefined),
      ...(onDeleted && { onDone: onDeleted }),
    },
  ]
}

/** Speaks MQTT with its rights, beside the device. */
export const actAs = ({ certificateId, status }: CertificateState): Action => ({
  label: 'Test as this device',
  href: `/mqtt-test-client?as=${certificateId}`,
  needs: { service: 'muster', operation: 'ActAsDevice' },
  disabledReason: status === 'ACTIVE' ? undefined : `It is ${status}`,
})

/** What its policies say about a request. */
export const simulate = ({ certificateId }: CertificateState): Action => ({
  label: 'Simulate its policies',
  href: `/policy-simulator?certificate=${certificateId}`,
  needs: { service: 'muster', operation: 'SimulatePolicy' },
})

interface Attached {
  policies: readonly string[]
  things: readonly string[]
}

/** Ends a device for good: deactivates its certificate, detaches what is attached, deletes it. */
export function retire(
  { certificateId, certificateArn, status }: CertificateState & { certificateArn: string },
  attached: Attached | undefined,
  onDone: () => void,
): Action {
  const { policies = [], things = [] } = attached ?? {}
  return {
    label: 'Retire',
    question:
      'The certificate is deactivated, detached from its policies and things, and deleted. The things stay.',
    typed: 'retire',
    disabledReason: attached ? undefined : 'What is attached to it is not known yet',
    onDone,
    operation: [
      ...(status === 'ACTIVE' ? [iot('UpdateCertificate', { certificateId, newStatus: 'INACTIVE' })] : []),
      ...policies.map((policyName) => iot('DetachPolicy', { policyName, target: certificateArn })),
      ...things.map((thingName) => iot('DetachThingPrincipal', { thingName, principal: certificateArn })),
      iot('DeleteCertificate', { certificateId }),
    ],
  }
}
