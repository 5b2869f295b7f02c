/** Events to try a function on. */
import { useQuery } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import { useSession } from '../../kit/use-session.ts'
import { registrationEvent } from '../rules/sample.ts'

interface Certificate {
  certificateId: string
  status: string
}

const pageSize = 25

const list = (operation: string) =>
  call<{ certificates?: Certificate[] }>({ service: 'iot', operation, input: { pageSize } }).then(
    ({ certificates = [] }) => certificates,
  )

/** A CA and a device that waits, as far as there are, so that the event is one that could come. */
const useDevice = () =>
  useQuery({
    queryKey: ['test-events', 'device'],
    queryFn: async () => {
      const [cas, certificates] = await Promise.all([list('ListCACertificates'), list('ListCertificates')])
      const waiting = certificates.find(({ status }) => status === 'PENDING_ACTIVATION')
      return { ca: cas.find(({ status }) => status === 'ACTIVE'), device: waiting }
    },
    retry: false,
  }).data

export interface TestEvent {
  name: string
  description: string
  event: unknown
}

export function useTestEvents(): readonly TestEvent[] {
  const session = useSession()
  const found = useDevice()
  return [
    {
      name: 'hello-world',
      description: 'Three keys with values',
      event: { key1: 'value1', key2: 'value2', key3: 'value3' },
    },
    {
      name: 'iot-registration',
      description: found?.device
        ? 'A device that waits for a decision, as just-in-time registration announces it'
        : 'A device that shows up, as just-in-time registration announces it',
      event: registrationEvent({
        awsAccountId: session?.accountId ?? '',
        caCertificateId: found?.ca?.certificateId ?? 'c'.repeat(64),
        ...(found?.device && { certificateId: found.device.certificateId }),
      }),
    },
    {
      name: 'iot-message',
      description: 'What a rule sends of a message',
      event: { temperature: 21.5, topic: 'sensors/a' },
    },
  ]
}
