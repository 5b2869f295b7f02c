/** Asks a function whether a device may be provisioned. Source: AWS IoT Developer Guide, "Pre-provisioning hooks". */
import { AwsError } from '../../api/aws/errors.ts'
import { JsonError, isJsonObject, parseLenientJson, type JsonValue } from '../../lib/lenient-json.ts'
import { refusals } from './claim-refusal.ts'
import { findParameterFault } from './request-document.ts'

/**
 * Runs the function if its resource-based policy allows the service, and resolves with its answer.
 * @throws {AwsError} when it was not run
 */
type CallFunction = (invocation: {
  accountId: string
  functionArn: string
  payload: Uint8Array
  service: 'iot.amazonaws.com'
  sourceArn: string
  sourceAccount: string
}) => Promise<{ payload: Uint8Array; functionError?: string }>

export interface HookDeps {
  callFunction: CallFunction
  /** How long the function may take. */
  hookTimeoutMs: number
}

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
  { callFunction, hookTimeoutMs }: HookDeps,
  { accountId, functionArn }: { accountId: string; functionArn: string },
  event: HookEvent,
): Promise<ReadonlyMap<string, string>> {
  const fail = (error: string) => refusals.hookFailed({ hook: functionArn, error })
  const called = callFunction({
    accountId,
    functionArn,
    payload: Buffer.from(JSON.stringify(event)),
    service: 'iot.amazonaws.com',
    sourceArn: event.templateArn,
    sourceAccount: accountId,
  })
  const answer = await withinTime(called, hookTimeoutMs).catch((cause: unknown) => {
    throw cause instanceof AwsError ? fail(`${cause.code}: ${cause.message}`) : cause
  })
  if (!answer) throw fail(`it did not answer within ${hookTimeoutMs / 1000} seconds`)
  const said = readAnswer(answer.payload)
  if (answer.functionError !== undefined) throw fail(describeError(said))
  if (!isJsonObject(said)) throw fail('it did not return an object')
  if (said['allowProvisioning'] !== true)
    throw refusals.hookRefused({ hook: functionArn, error: 'it did not return allowProvisioning: true' })
  const overrides = said['parameterOverrides'] ?? {}
  if (!isJsonObject(overrides)) throw fail('parameterOverrides must be an object')
  const fault = findParameterFault(overrides)
  if (fault !== undefined) throw fail(`parameterOverrides: ${fault}`)
  return new Map(Object.entries(overrides) as [string, string][])
}

/** Undefined when it takes longer; what it does then is for nobody. */
async function withinTime<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  work.catch(() => {}) // it may fail when nobody waits any more
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const answerLimits = { maxLength: 1024 * 1024, maxDepth: 16 }

function readAnswer(payload: Uint8Array): JsonValue | undefined {
  try {
    return parseLenientJson(Buffer.from(payload).toString(), answerLimits)
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause
    return undefined
  }
}

/** As Lambda describes what a function threw; its own words alone, which may be long. */
function describeError(said: JsonValue | undefined): string {
  const text = isJsonObject(said) ? said['errorMessage'] : undefined
  return typeof text === 'string' ? `it failed: ${text.slice(0, 300)}` : 'it failed'
}
