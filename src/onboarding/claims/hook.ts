/** Asks a function whether a device may be provisioned. Source: AWS IoT Developer Guide, "Pre-provisioning hooks". */
import { isJsonObject, type JsonValue } from '../../lib/lenient-json.ts'
import { askFunction, NoAnswer, type AskDeps } from './ask-function.ts'
import { refusals } from './claim-refusal.ts'
import { findParameterFault } from './request-document.ts'

/** AWS's own names: this is what functions get. */
export interface HookEvent {
  claimCertificateId: string
  certificateId: string
  certificatePem: string
  templateArn: string
  clientId: string
  parameters: Record<string, string>
}

/**
 * Resolves with the parameters that the function sets, if it allows the device.
 * @throws {ClaimRefusal} when it does not, fails, or says nothing in time
 */
export async function askHook(
  deps: AskDeps,
  { accountId, functionArn }: { accountId: string; functionArn: string },
  event: HookEvent,
): Promise<ReadonlyMap<string, string>> {
  const question = { accountId, functionArn, sourceArn: event.templateArn, event }
  const said = await askFunction(deps, question).catch((cause: unknown) => {
    throw cause instanceof NoAnswer ? refusals.hookFailed({ hook: functionArn, error: cause.message }) : cause
  })
  return readHookAnswer(functionArn, said)
}

/** @throws {ClaimRefusal} for all but `allowProvisioning: true` and parameters that are texts */
function readHookAnswer(hook: string, said: JsonValue | undefined): ReadonlyMap<string, string> {
  const fail = (error: string) => refusals.hookFailed({ hook, error })
  if (!isJsonObject(said)) throw fail('it did not return an object')
  if (said['allowProvisioning'] !== true)
    throw refusals.hookRefused({ hook, error: 'it did not return allowProvisioning: true' })
  const overrides = said['parameterOverrides'] ?? {}
  if (!isJsonObject(overrides)) throw fail('parameterOverrides must be an object')
  const fault = findParameterFault(overrides)
  if (fault !== undefined) throw fail(`parameterOverrides: ${fault}`)
  return new Map(Object.entries(overrides) as [string, string][])
}
