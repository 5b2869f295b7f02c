import type { Decision } from '../../access/policies/index.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Db } from '../../store/index.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import { Session } from './device-authorization.ts'
import { createGrantsLoader, enrichingNothing } from './device-grants.ts'

export interface OnceRequest {
  certificate: Pick<DeviceCertificate, 'accountId' | 'certificateId' | 'certificateArn' | 'certificatePem'>
  clientId: string
  sourceIp: string
  action: string
  /** ARN. */
  resource: string
  now: () => Date
}

/**
 * What a device would be told over MQTT by the policies that `db` shows: within a transaction those too that are not
 * kept yet. For connections that are open see `device-authorizer.ts`.
 */
export async function decideOnce(db: Db, request: OnceRequest): Promise<Decision> {
  const { certificate, clientId, sourceIp, action, resource, now } = request
  const { accountId, certificateId, certificateArn } = certificate
  const key = { accountId, certificateId, certificateArn, clientId, protocol: 'mqtt' as const }
  const load = createGrantsLoader(db, { compiled: new CompiledPolicies(), enriching: enrichingNothing })
  const facts = { clientId, sourceIp, domainName: undefined, protocol: key.protocol, certificate, now }
  using session = new Session({ grants: await load(key) }, facts, () => {})
  return session.decide(action, resource)
}
