/** Provisioning templates in the store. */
import type { Selectable } from 'kysely'
import { iotError } from '../../api/aws/errors.ts'
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db, Tables } from '../../store/index.ts'
import {
  maxTemplates,
  maxTemplateVersions,
  type ProvisioningTemplate,
  type TemplateVersion,
} from './provisioning-template.ts'

type NewTemplate = Omit<
  ProvisioningTemplate,
  'defaultVersionId' | 'lastVersionId' | 'creationDate' | 'lastModifiedDate'
>

/**
 * Creates the template with `templateBody` as its version 1.
 * @throws {AwsError} `ResourceAlreadyExistsException`, `LimitExceededException`
 */
export async function createTemplate(
  db: Db,
  wanted: NewTemplate & { templateBody: string; now: Date },
): Promise<ProvisioningTemplate> {
  const { accountId, templateName, templateBody, now } = wanted
  if (await findTemplate(db, accountId, templateName)) {
    throw iotError(
      'ResourceAlreadyExistsException',
      `a provisioning template named ${templateName} already exists`,
      {
        resourceId: templateName,
      },
    )
  }
  if ((await countTemplates(db, accountId)) >= maxTemplates) {
    throw iotError('LimitExceededException', `an account has at most ${maxTemplates} provisioning templates`)
  }
  const template = {
    ...wanted,
    defaultVersionId: 1,
    lastVersionId: 1,
    creationDate: now,
    lastModifiedDate: now,
  }
  await db.insertInto('provisioning_templates').values(toRow(template)).execute()
  await insertVersion(db, template, { versionId: 1, templateBody, creationDate: now })
  return template
}

export async function findTemplate(
  db: Db,
  accountId: string,
  templateName: string,
): Promise<ProvisioningTemplate | undefined> {
  const row = await db
    .selectFrom('provisioning_templates')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('template_name', '=', templateName)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getTemplate(
  db: Db,
  accountId: string,
  templateName: string,
): Promise<ProvisioningTemplate> {
  const template = await findTemplate(db, accountId, templateName)
  if (template) return template
  throw iotError('ResourceNotFoundException', `there is no provisioning template named ${templateName}`)
}

/** By name; one more than the page's limit when there are more. */
export async function listTemplates(
  db: Db,
  accountId: string,
  page: PageRequest,
): Promise<ProvisioningTemplate[]> {
  let query = db.selectFrom('provisioning_templates').selectAll().where('account_id', '=', accountId)
  if (page.after !== undefined) query = query.where('template_name', '>', page.after)
  const rows = await query
    .orderBy('template_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromRow)
}

/** Writes all but the name, the type, and the times of creation. */
export async function saveTemplate(db: Db, template: ProvisioningTemplate): Promise<void> {
  await db
    .updateTable('provisioning_templates')
    .set(toRow(template))
    .where('account_id', '=', template.accountId)
    .where('template_name', '=', template.templateName)
    .execute()
}

/** With its versions. */
export async function deleteTemplate(
  db: Db,
  { accountId, templateName }: ProvisioningTemplate,
): Promise<void> {
  await db
    .deleteFrom('provisioning_templates')
    .where('account_id', '=', accountId)
    .where('template_name', '=', templateName)
    .execute()
}

/** @throws {AwsError} `VersionsLimitExceededException` */
export async function createVersion(
  db: Db,
  template: ProvisioningTemplate,
  version: { templateBody: string; setAsDefault: boolean; now: Date },
): Promise<ProvisioningTemplate> {
  const existing = await listVersions(db, template)
  if (existing.length >= maxTemplateVersions) {
    throw iotError(
      'VersionsLimitExceededException',
      `${template.templateName} has ${maxTemplateVersions} versions, the most allowed; delete one first`,
    )
  }
  const versionId = template.lastVersionId + 1
  const defaultVersionId = version.setAsDefault ? versionId : template.defaultVersionId
  const changed = { ...template, lastVersionId: versionId, defaultVersionId, lastModifiedDate: version.now }
  await saveTemplate(db, changed)
  await insertVersion(db, template, {
    versionId,
    templateBody: version.templateBody,
    creationDate: version.now,
  })
  return changed
}

async function insertVersion(
  db: Db,
  { accountId, templateName }: Pick<ProvisioningTemplate, 'accountId' | 'templateName'>,
  { versionId, templateBody, creationDate }: TemplateVersion,
): Promise<void> {
  await db
    .insertInto('provisioning_template_versions')
    .values({
      account_id: accountId,
      template_name: templateName,
      version_id: versionId,
      template_body: templateBody,
      created_at: creationDate.getTime(),
    })
    .execute()
}

export async function deleteVersion(
  db: Db,
  template: ProvisioningTemplate,
  versionId: number,
): Promise<void> {
  await versionsOf(db, template).delete(versionId)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getVersion(
  db: Db,
  template: ProvisioningTemplate,
  versionId: number,
): Promise<TemplateVersion> {
  const version = await versionsOf(db, template).find(versionId)
  if (version) return version
  throw iotError('ResourceNotFoundException', `${template.templateName} has no version ${versionId}`)
}

/** Oldest first; a template has few. */
export async function listVersions(db: Db, template: ProvisioningTemplate): Promise<TemplateVersion[]> {
  return versionsOf(db, template).list()
}

function versionsOf(db: Db, { accountId, templateName }: ProvisioningTemplate) {
  const rows = db
    .selectFrom('provisioning_template_versions')
    .select(['version_id as versionId', 'template_body as templateBody', 'created_at'])
    .where('account_id', '=', accountId)
    .where('template_name', '=', templateName)
  const toVersion = ({ created_at, ...version }: TemplateVersionColumns): TemplateVersion => ({
    ...version,
    creationDate: new Date(created_at),
  })
  return {
    find: async (versionId: number) => {
      const row = await rows.where('version_id', '=', versionId).executeTakeFirst()
      return row && toVersion(row)
    },
    list: async () => (await rows.orderBy('version_id').execute()).map(toVersion),
    delete: (versionId: number) =>
      db
        .deleteFrom('provisioning_template_versions')
        .where('account_id', '=', accountId)
        .where('template_name', '=', templateName)
        .where('version_id', '=', versionId)
        .execute(),
  }
}

type TemplateVersionColumns = Omit<TemplateVersion, 'creationDate'> & { created_at: number }

async function countTemplates(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('provisioning_templates')
    .select((is) => is.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

type TemplateRow = Selectable<Tables['provisioning_templates']>

function toRow(template: ProvisioningTemplate): TemplateRow {
  const { enabled, preProvisioningHook: hook } = template
  return {
    account_id: template.accountId,
    template_name: template.templateName,
    description: template.description,
    type: template.type,
    enabled: enabled === undefined ? null : Number(enabled),
    provisioning_role_arn: template.provisioningRoleArn,
    hook_payload_version: hook?.payloadVersion ?? null,
    hook_target_arn: hook?.targetArn ?? null,
    default_version_id: template.defaultVersionId,
    last_version_id: template.lastVersionId,
    created_at: template.creationDate.getTime(),
    modified_at: template.lastModifiedDate.getTime(),
  }
}

function fromRow(row: TemplateRow): ProvisioningTemplate {
  const { hook_payload_version: payloadVersion, hook_target_arn: targetArn } = row
  return {
    accountId: row.account_id,
    templateName: row.template_name,
    description: row.description,
    type: row.type,
    ...(row.enabled !== null && { enabled: row.enabled === 1 }),
    provisioningRoleArn: row.provisioning_role_arn,
    ...(payloadVersion !== null &&
      targetArn !== null && { preProvisioningHook: { payloadVersion, targetArn } }),
    defaultVersionId: row.default_version_id,
    lastVersionId: row.last_version_id,
    creationDate: new Date(row.created_at),
    lastModifiedDate: new Date(row.modified_at),
  }
}
