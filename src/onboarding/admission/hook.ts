/** Asks the webhook of a CA, or of the template that it names, whether a device may be provisioned. */
import type { RegistrationConfig } from '@aws-sdk/client-iot'
import type { CaCertificate } from '../../pki/certificates/index.ts'
import { hookOption, listTags, toHookUrl } from '../../registry/tags/index.ts'
import type { Db } from '../../store/index.ts'
import { HookRefusal } from '../hooks/index.ts'
import { templateArn } from '../provisioning-templates/index.ts'
import { certificateParameters } from '../templates/index.ts'
import { CertificateChanged, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'

/**
 * The device with what the webhook sets for its template, if it allows it. What the certificate says stands, whatever the
 * webhook sets.
 * @throws {HookRefusal} when it does not, fails, or says nothing in time; {@link CertificateChanged} when the certificate went to
 * another account meanwhile
 */
export async function askHook(deps: FirstConnectionDeps, device: NewDevice): Promise<NewDevice> {
  const { ca, leaf, presentation, parameters = new Map<string, string>() } = device
  const { accountId, certificateId, clientId = '' } = presentation
  const { registrationConfig: config = {} } = ca
  const scope = { accountId, region: deps.region }
  const hook = await findHook(deps.store.read, { ...scope, ca, config })
  if (hook === undefined) return device
  const { askWebhook } = deps
  if (!askWebhook) throw new HookRefusal('hook-failed', { hook, error: 'nothing asks webhooks here' })
  const overrides = await askWebhook(hook, {
    claimCertificateId: '',
    certificateId,
    certificatePem: leaf.pem,
    templateArn: config.templateName === undefined ? '' : templateArn(scope, config.templateName),
    clientId,
    parameters: Object.fromEntries([...parameters, ...certificateParameters(leaf)]),
  })
  const receiver = device.known ? undefined : await deps.findReceiver?.(accountId, certificateId)
  if (receiver !== undefined) throw new CertificateChanged(`it was given to account ${receiver} meanwhile`)
  return { ...device, parameters: new Map([...parameters, ...overrides]) }
}

interface HookOwners {
  accountId: string
  region: string
  ca: Pick<CaCertificate, 'options'> | undefined
  config: RegistrationConfig
}

/** The URL: the CA's goes before that of the template it names. */
export async function findHook(
  db: Db,
  { accountId, region, ca, config: { templateName } }: HookOwners,
): Promise<string | undefined> {
  if (ca?.options.hook !== undefined || templateName === undefined) return ca?.options.hook
  const tags = await listTags(db, accountId, templateArn({ accountId, region }, templateName))
  return toHookUrl(tags.find(({ Key }) => Key === hookOption)?.Value)
}
