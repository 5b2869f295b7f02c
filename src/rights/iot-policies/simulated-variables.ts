import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { deviceVariables, type Lookup } from '../../access/policies/index.ts'
import type { DeviceGrants } from './device-grants.ts'

export interface SimulatedClient {
  certificate: DeviceCertificate
  grants: DeviceGrants
  clientId?: string | undefined
  sourceIp?: string | undefined
  now: () => Date
}

/** What policies would find out about a device if it were connected over MQTT. */
export function simulatedVariables(client: SimulatedClient): Lookup {
  const { certificate, grants, clientId, sourceIp, now } = client
  const { certificateId, certificatePem } = certificate
  const { thing } = grants
  return deviceVariables({
    ...(clientId !== undefined && { clientId }),
    ...(sourceIp !== undefined && { sourceIp }),
    certificateId,
    certificate: () => parseCertificate(certificatePem),
    ...(thing && { thing }),
    isAttached: thing !== undefined,
    now,
  })
}
