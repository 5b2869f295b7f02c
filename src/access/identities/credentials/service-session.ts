/** Temporary credentials with which a service of Muster lets code of a customer act under a role. */
import type { Store } from '../../../store/index.ts'
import type { Identities, ServiceRoleRequest } from '../identities.ts'
import { identityIdOf } from './callers.ts'
import { createSession } from './session-store.ts'

export interface ServiceSessionRequest extends ServiceRoleRequest {
  durationSeconds: number
}

export interface ServiceSession {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiration: Date
}

interface ServiceSessionDeps {
  store: Pick<Store, 'transact' | 'secrets'>
  identities: Pick<Identities, 'assumeServiceRole'>
  now: () => Date
}

/**
 * They may do what the role may at the moment of each call; its policies can ask for what `sessionContext` tells.
 * @throws {AwsError} as `assumeServiceRole`: there is no such role, or it does not trust the service
 */
export async function createServiceSession(
  { store, identities, now }: ServiceSessionDeps,
  request: ServiceSessionRequest,
): Promise<ServiceSession> {
  const { accountId, sessionName, durationSeconds, sessionContext } = request
  const identityId = identityIdOf(await identities.assumeServiceRole(request))
  const created = await store.transact((db) =>
    createSession(
      db,
      { accountId, identityId, sessionName, sessionContext, durationSeconds, now: now() },
      store.secrets,
    ),
  )
  return {
    accessKeyId: created.AccessKeyId,
    secretAccessKey: created.SecretAccessKey,
    sessionToken: created.SessionToken,
    expiration: created.Expiration,
  }
}
