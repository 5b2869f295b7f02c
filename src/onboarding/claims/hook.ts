/** Asks whether a device may be provisioned. Source: AWS IoT Developer Guide, "Pre-provisioning hooks". */
import { hookOption, listTags, toHookUrl } from '../../registry/tags/index.ts'
import type { Db } from '../../store/index.ts'
import {
  askFunction,
  HookRefusal,
  NoAnswer,
  readHookAnswer,
  type AskDeps,
  type AskWebhook,
  type HookEvent,
} from '../hooks/index.ts'
import type { ProvisioningTemplate } from '../provisioning-templates/index.ts'
import { refusals } from './claim-refusal.ts'

export interface HookDeps extends AskDeps {
  store: { read: Db }
  askWebhook: AskWebhook
}

/**
 * Resolves with the parameters that the template's hooks set, if they allow the device: its function, and then the webhook that
 * its tag names, which is told what the function set.
 * @throws {ClaimRefusal} when one does not, fails, or says nothing in time
 */
export async function askHooks(
  deps: HookDeps,
  { accountId, preProvisioningHook }: Pick<ProvisioningTemplate, 'accountId' | 'preProvisioningHook'>,
  event: HookEvent,
): Promise<ReadonlyMap<string, string>> {
  try {
    const functionArn = preProvisioningHook?.targetArn
    const set = functionArn === undefined ? new Map() : await askOne(deps, { accountId, functionArn }, event)
    const tags = await listTags(deps.store.read, accountId, event.templateArn)
    const url = toHookUrl(tags.find(({ Key }) => Key === hookOption)?.Value)
    if (url === undefined) return set
    const parameters = { ...event.parameters, ...Object.fromEntries(set) }
    return new Map([...set, ...(await deps.askWebhook(url, { ...event, parameters }))])
  } catch (cause) {
    if (!(cause instanceof HookRefusal)) throw cause
    throw cause.code === 'hook-refused'
      ? refusals.hookRefused(cause.details)
      : refusals.hookFailed(cause.details)
  }
}

async function askOne(
  deps: AskDeps,
  { accountId, functionArn }: { accountId: string; functionArn: string },
  event: HookEvent,
): Promise<ReadonlyMap<string, string>> {
  const question = { accountId, functionArn, sourceArn: event.templateArn, event }
  const said = await askFunction(deps, question).catch((cause: unknown) => {
    if (!(cause instanceof NoAnswer)) throw cause
    throw new HookRefusal('hook-failed', { hook: functionArn, error: cause.message })
  })
  return readHookAnswer(functionArn, said)
}
