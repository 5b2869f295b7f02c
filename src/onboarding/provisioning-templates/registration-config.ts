/** Which template and role a CA certificate brings to its devices. */
import type { RegistrationConfig } from '@aws-sdk/client-iot'
import type { Caller } from '../../api/aws/caller.ts'
import { AwsError, iotError } from '../../api/aws/errors.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import type { Identities, ServiceRoleRequest } from '../../access/identities/index.ts'
import type { RecordEntry } from '../../observability/journal/index.ts'
import type { Db } from '../../store/index.ts'
import { TemplateError, type ParseTemplate, type Template, type TemplateKind } from '../templates/index.ts'
import { findTemplate, getVersion } from './store.ts'

export interface TemplateSource {
  templateBody: string
  roleArn: string
  /** Of a template that is named. */
  templateName?: string
}

/**
 * Follows the configuration to the body and the role.
 * @throws {AwsError} when the template is gone, switched off, or not for just-in-time provisioning
 */
export async function findTemplateSource(
  db: Db,
  accountId: string,
  { templateBody, roleArn, templateName }: RegistrationConfig,
): Promise<TemplateSource> {
  if (templateBody !== undefined && roleArn !== undefined) return { templateBody, roleArn }
  if (templateName === undefined) {
    throw iotError(
      'InvalidRequestException',
      'registrationConfig has neither a templateName nor a templateBody with a roleArn',
    )
  }
  const template = await findTemplate(db, accountId, templateName)
  if (!template) {
    throw iotError('ResourceNotFoundException', `there is no provisioning template named ${templateName}`)
  }
  if (template.type !== 'JITP') {
    throw iotError(
      'InvalidRequestException',
      `provisioning template ${templateName} is of type ${template.type}; a CA certificate needs one of type JITP`,
    )
  }
  // assumed: `enabled` concerns provisioning by claim, but whoever sets it to false wants the template to rest
  if (template.enabled === false) {
    throw iotError('InvalidRequestException', `provisioning template ${templateName} is not enabled`)
  }
  const version = await getVersion(db, template, template.defaultVersionId)
  // assumed: a role beside the name goes before the template's own
  return {
    templateBody: version.templateBody,
    roleArn: roleArn ?? template.provisioningRoleArn,
    templateName,
  }
}

export interface LintDeps {
  read: Db
  parseTemplate: ParseTemplate
  assumeServiceRole: (request: ServiceRoleRequest) => Promise<Caller>
  record: RecordEntry
  now: () => Date
}

/**
 * Refuses, when a CA certificate is registered or updated, what could not work when its devices come.
 * @throws {AwsError} `InvalidRequestException` with the place in the template, or when template or role is missing
 */
export async function lintRegistrationConfig(
  deps: LintDeps,
  config: RegistrationConfig,
  { accountId }: Pick<CallContext, 'accountId'>,
): Promise<void> {
  const source = await findTemplateSource(deps.read, accountId, config)
  const template = checkTemplate(deps.parseTemplate, source.templateBody, 'JITP')
  await checkRoleExists(deps, accountId, source.roleArn)
  const name = source.templateName ?? 'registrationConfig.templateBody'
  recordRemarks(deps, { accountId, name, template })
}

interface Remarked {
  accountId: string
  /** A template's name, or where its body stands. */
  name: string
  template: Template
}

/** A template that works is not refused; what is odd about it stands in the journal and the log. */
export function recordRemarks(
  { record, now }: Pick<LintDeps, 'record' | 'now'>,
  { accountId, name, template: { remarks } }: Remarked,
): void {
  if (remarks.length === 0) return
  record({ accountId, code: 'template-remarks', at: now(), details: { template: name, remarks } })
}

/** @throws {AwsError} `InvalidRequestException` with the place in the template */
export function checkTemplate(parseTemplate: ParseTemplate, body: string, kind: TemplateKind): Template {
  try {
    return parseTemplate(body, kind)
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause
    throw iotError('InvalidRequestException', `templateBody: ${cause.message}`)
  }
}

/** How Muster calls itself when it acts under a provisioning role. */
const sessionName = 'iot-provisioning'

/** @throws {AwsError} `AccessDeniedException` when the role may not do it */
type AuthorizeRole = (action: string, resource: string, conditions?: Record<string, string>) => void

/**
 * Assumes the role that templates run under, on behalf of `sourceArn` where there is one; resolves with what asks for
 * its permissions.
 * @throws {AwsError} when there is no such role or AWS IoT may not assume it
 */
export async function openProvisioningRole(
  { assumeServiceRole, openAuthorize }: Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>,
  { accountId, roleArn, sourceArn }: { accountId: string; roleArn: string; sourceArn?: string },
): Promise<AuthorizeRole> {
  const service = 'iot.amazonaws.com'
  const source = sourceArn === undefined ? {} : { sourceArn }
  const role = await assumeServiceRole({ accountId, roleArn, service, sessionName, ...source })
  const authorize = await openAuthorize(role)
  return (action, resource, conditions) => authorize({ action, resource, ...(conditions && { conditions }) })
}

/**
 * Whether its trust policy lets AWS IoT in is left to the moment of use: it may ask for the CA certificate by ARN.
 * @throws {AwsError} `InvalidRequestException` when there is no such role
 */
export async function checkRoleExists(
  { assumeServiceRole }: Pick<LintDeps, 'assumeServiceRole'>,
  accountId: string,
  roleArn: string,
): Promise<void> {
  try {
    await assumeServiceRole({ accountId, roleArn, service: 'iot.amazonaws.com', sessionName })
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'AccessDeniedException') throw error
  }
}
