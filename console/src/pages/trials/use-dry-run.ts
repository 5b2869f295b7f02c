import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { call, type OperationCall } from '../../api/call.ts'
import { useSettled } from '../../kit/use-settled.ts'
import type { Device } from './device-fields.tsx'
import type { DryRun } from './report.ts'

/** What provisions; empty texts count as not given. */
export interface Provisioner {
  caCertificateId?: string | undefined
  templateName?: string | undefined
  templateBody?: string | undefined
  provisioningRoleArn?: string | undefined
}

const given = (members: Record<string, string | undefined>) =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )

export const dryRunCall = (provisioner: Provisioner, device: Device): OperationCall => ({
  service: 'muster',
  operation: 'DryRun',
  input: given({
    ...provisioner,
    ...(device.kind === 'subject' ? { subject: device.subject } : { certificatePem: device.certificatePem }),
    clientId: device.clientId,
  }),
})

/** After each pause in typing; what was told last stays until the next answer is there. */
export function useDryRun(provisioner: Provisioner, device: Device) {
  const asked = useSettled(JSON.stringify(dryRunCall(provisioner, device)))
  const operation = JSON.parse(asked) as OperationCall
  const input = (operation.input ?? {}) as Record<string, string>
  const hasDevice = input['subject'] !== undefined || input['certificatePem'] !== undefined
  const hasProvisioner = ['caCertificateId', 'templateName', 'templateBody'].some((name) => name in input)
  return useQuery({
    queryKey: ['muster', 'dry-run', asked],
    queryFn: () => call<DryRun>(operation),
    enabled: hasDevice && hasProvisioner,
    placeholderData: keepPreviousData,
  })
}
