/** What can be done to CA certificates, from their list and from their page. */
import type { OperationCall } from '../../api/call.ts'
import type { Action } from '../../kit/action.ts'

export interface CaState {
  certificateId: string
  /** Absent: not known here; the server judges. */
  status?: string | undefined
  autoRegistrationStatus?: string | undefined
}

const update = (certificateId: string, change: object): OperationCall => ({
  service: 'iot',
  operation: 'UpdateCACertificate',
  input: { certificateId, ...change },
})

const changes = [
  {
    label: 'Activate',
    question: 'Its devices may register again.',
    change: { newStatus: 'ACTIVE' },
    isSo: ({ status }: CaState) => status === 'ACTIVE',
    so: 'It is ACTIVE',
  },
  {
    label: 'Deactivate',
    question: 'No new devices of this CA are let in then; those that are registered go on.',
    change: { newStatus: 'INACTIVE' },
    isSo: ({ status }: CaState) => status === 'INACTIVE',
    so: 'It is INACTIVE',
  },
  {
    label: 'Enable auto-registration',
    question: 'Devices that nobody has seen are registered when they first connect.',
    change: { newAutoRegistrationStatus: 'ENABLE' },
    isSo: ({ autoRegistrationStatus }: CaState) => autoRegistrationStatus === 'ENABLE',
    so: 'It is enabled',
  },
  {
    label: 'Disable auto-registration',
    question: 'Devices that nobody has seen are turned away then.',
    change: { newAutoRegistrationStatus: 'DISABLE' },
    isSo: ({ autoRegistrationStatus }: CaState) => autoRegistrationStatus === 'DISABLE',
    so: 'It is disabled',
  },
]

/** `onDeleted` follows the end of their registration. */
export function caActions(cas: readonly CaState[], onDeleted?: () => void): Action[] {
  return [
    ...changes.map(({ label, question, change, isSo, so }) => ({
      label,
      question,
      operation: cas.map(({ certificateId }) => update(certificateId, change)),
      disabledReason: cas.length > 0 && cas.every(isSo) ? so : undefined,
    })),
    {
      label: 'Revoke',
      question:
        'A CA has no state REVOKED: it is deactivated, and its registration deleted. No unknown device of it gets in any more. Device certificates that are registered stay as they are: revoke those as well.',
      typed: 'revoke',
      operation: cas.flatMap(revoke),
      onDone: onDeleted,
    },
  ]
}

const revoke = ({ certificateId, status }: CaState): OperationCall[] => [
  ...(status === 'INACTIVE' ? [] : [update(certificateId, { newStatus: 'INACTIVE' })]),
  { service: 'iot', operation: 'DeleteCACertificate', input: { certificateId } },
]
