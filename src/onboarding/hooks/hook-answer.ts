/** What hooks are asked, and what they answer. Source: AWS IoT Developer Guide, "Pre-provisioning hooks". */
import { isJsonObject, type JsonValue } from '../../lib/lenient-json.ts'
import { findParameterFault } from './parameter-fault.ts'

/** AWS's own names: this is what functions and webhooks get. */
export interface HookEvent {
  /** Empty where there is no claim. */
  claimCertificateId: string
  certificateId: string
  certificatePem: string
  /** Empty for a template that stands in a CA's registrationConfig. */
  templateArn: string
  clientId: string
  parameters: Record<string, string>
}

/** Why a device is not provisioned: a reason code, and what stands in the journal. */
export class HookRefusal extends Error {
  override readonly name = 'HookRefusal'
  readonly code: 'hook-refused' | 'hook-failed'
  readonly details: { hook: string; error: string }

  constructor(code: HookRefusal['code'], details: HookRefusal['details']) {
    super(details.error)
    this.code = code
    this.details = details
  }
}

/**
 * The parameters that a hook sets.
 * @throws {HookRefusal} for all but `allowProvisioning: true` and parameters that are texts
 */
export function readHookAnswer(hook: string, said: JsonValue | undefined): ReadonlyMap<string, string> {
  const fail = (error: string) => new HookRefusal('hook-failed', { hook, error })
  if (!isJsonObject(said)) throw fail('it did not return an object')
  if (said['allowProvisioning'] !== true)
    throw new HookRefusal('hook-refused', { hook, error: 'it did not return allowProvisioning: true' })
  const overrides = said['parameterOverrides'] ?? {}
  if (!isJsonObject(overrides)) throw fail('parameterOverrides must be an object')
  const fault = findParameterFault(overrides)
  if (fault !== undefined) throw fail(`parameterOverrides: ${fault}`)
  return new Map(Object.entries(overrides) as [string, string][])
}
