import type { Credentials } from '../lib/outbound/sign-request.ts'

interface ServiceKey {
  serviceAccessKeyId?: string | undefined
  serviceSecretAccessKey?: string | undefined
}

/** The operator's own at the services that rules, bulk registration, and copies use. */
export function serviceCredentialsOf({
  serviceAccessKeyId: accessKeyId,
  serviceSecretAccessKey: secretAccessKey,
}: ServiceKey): Credentials | undefined {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey }
}
