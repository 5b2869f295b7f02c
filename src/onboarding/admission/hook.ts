/** Asks the webhook of a CA, or of the template that it names, whether a device may be provisioned. */
import { hookOption, listTags, toHookUrl } from '../../registry/tags/index.ts'
import { HookRefusal } from '../hooks/index.ts'
import { templateArn } from '../provisioning-templates/index.ts'
import { certificateParameters } from '../templates/index.ts'
import type { FirstConnectionDeps, NewDevice } from './first-connection.ts'

/**
 * The device with what the webhook sets for its template, if it allows it. What the certificate says stands, whatever the
 * webhook sets.
 * @throws {HookRefusal} when it does not, fails, or says nothing in time
 */
export async function askHook(deps: FirstConnectionDeps, device: NewDevice): Promise<NewDevice> {
  const { ca, leaf, presentation, parameters = new Map<string, string>() } = device
  const { accountId, certificateId, clientId = '' } = presentation
  const { templateName } = ca.registrationConfig ?? {}
  const scope = { accountId, region: deps.region }
  const arn = templateName === undefined ? '' : templateArn(scope, templateName)
  const hook = ca.options.hook ?? (await findTemplateHook(deps, accountId, arn))
  if (hook === undefined) return device
  const { askWebhook } = deps
  if (!askWebhook) throw new HookRefusal('hook-failed', { hook, error: 'nothing asks webhooks here' })
  const overrides = await askWebhook(hook, {
    claimCertificateId: '',
    certificateId,
    certificatePem: leaf.pem,
    templateArn: arn,
    clientId,
    parameters: Object.fromEntries([...parameters, ...certificateParameters(leaf)]),
  })
  return { ...device, parameters: new Map([...parameters, ...overrides]) }
}

async function findTemplateHook(
  { store }: Pick<FirstConnectionDeps, 'store'>,
  accountId: string,
  arn: string,
): Promise<string | undefined> {
  if (arn === '') return undefined
  const tags = await listTags(store.read, accountId, arn)
  return toHookUrl(tags.find(({ Key }) => Key === hookOption)?.Value)
}
