/** Provisioning templates over the AWS API. */
import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { countCasWithTemplate } from '../../pki/certificates/index.ts'
import type { Identities } from '../../access/identities/index.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import type { RecordEntry } from '../../observability/journal/index.ts'
import type { Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../../registry/tags/index.ts'
import { parseTemplate } from '../templates/index.ts'
import { templateArn, type ProvisioningTemplate } from './provisioning-template.ts'
import { checkRoleExists, checkTemplate, recordRemarks } from './registration-config.ts'
import {
  createTemplate,
  createVersion,
  deleteTemplate,
  deleteVersion,
  getTemplate,
  getVersion,
  listTemplates,
  listVersions,
  saveTemplate,
} from './store.ts'

export interface ProvisioningTemplatesDeps {
  store: Store
  identities: Pick<Identities, 'assumeServiceRole'>
  record: RecordEntry
  now: () => Date
}

const defaultPayloadVersion = '2020-04-01'

export function provisioningTemplatesOperations({
  store,
  identities,
  record,
  now,
}: ProvisioningTemplatesDeps) {
  const checkRole = async (roleArn: string, { accountId, authorize }: CallContext) => {
    await authorize('iam:PassRole', roleArn, { 'iam:PassedToService': 'iot.amazonaws.com' })
    await checkRoleExists(identities, accountId, roleArn)
  }

  return {
    async CreateProvisioningTemplate(input, context) {
      const { accountId } = context
      const { templateName, templateBody, type = 'FLEET_PROVISIONING', provisioningRoleArn } = input
      const hook = toHook(input.preProvisioningHook, type)
      const parsed = checkTemplate(parseTemplate, templateBody, type)
      await checkRole(provisioningRoleArn, context)
      const arn = templateArn(context, templateName)
      const template = await store.transact(async (db) => {
        const created = await createTemplate(db, {
          accountId,
          templateName,
          templateBody,
          type,
          provisioningRoleArn,
          description: input.description ?? '',
          ...(input.enabled !== undefined && { enabled: input.enabled }),
          ...(hook && { preProvisioningHook: hook }),
          now: now(),
        })
        await setTags(db, accountId, arn, input.tags ?? [])
        return created
      })
      recordRemarks({ record, now }, { accountId, name: templateName, template: parsed })
      return { templateArn: arn, templateName, defaultVersionId: template.defaultVersionId }
    },

    async DescribeProvisioningTemplate({ templateName }, context) {
      const template = await getTemplate(store.read, context.accountId, templateName)
      const version = await getVersion(store.read, template, template.defaultVersionId)
      const { preProvisioningHook } = template
      return {
        ...summarize(template, context),
        defaultVersionId: template.defaultVersionId,
        templateBody: version.templateBody,
        provisioningRoleArn: template.provisioningRoleArn,
        ...(preProvisioningHook && { preProvisioningHook }),
      }
    },

    async ListProvisioningTemplates(input, context) {
      const page = parsePage(input)
      const { rows, nextToken } = toPage(
        await listTemplates(store.read, context.accountId, page),
        page,
        ({ templateName }) => templateName,
      )
      return { templates: rows.map((template) => summarize(template, context)), nextToken }
    },

    async UpdateProvisioningTemplate(input, context) {
      const { templateName, provisioningRoleArn, removePreProvisioningHook = false } = input
      if (provisioningRoleArn !== undefined) await checkRole(provisioningRoleArn, context)
      await store.transact(async (db) => {
        const template = await getTemplate(db, context.accountId, templateName)
        if (input.defaultVersionId !== undefined) await getVersion(db, template, input.defaultVersionId)
        const hook = toHook(input.preProvisioningHook, template.type)
        if (hook && removePreProvisioningHook) {
          throw iotError(
            'InvalidRequestException',
            'preProvisioningHook and removePreProvisioningHook exclude each other',
          )
        }
        const { preProvisioningHook, ...rest } = template
        const kept = removePreProvisioningHook ? undefined : (hook ?? preProvisioningHook)
        await saveTemplate(db, {
          ...rest,
          description: input.description ?? template.description,
          ...(input.enabled !== undefined && { enabled: input.enabled }),
          defaultVersionId: input.defaultVersionId ?? template.defaultVersionId,
          provisioningRoleArn: provisioningRoleArn ?? template.provisioningRoleArn,
          ...(kept && { preProvisioningHook: kept }),
          lastModifiedDate: now(),
        })
      })
    },

    async DeleteProvisioningTemplate({ templateName }, context) {
      await store.transact(async (db) => {
        const template = await getTemplate(db, context.accountId, templateName)
        // assumed: a CA certificate that names the template is what is in the way
        const users = await countCasWithTemplate(db, context.accountId, templateName)
        if (users > 0) {
          throw iotError(
            'DeleteConflictException',
            `${users} CA certificate(s) provision their devices with ${templateName}`,
          )
        }
        await deleteTemplate(db, template)
        await deleteTags(db, context.accountId, templateArn(context, templateName))
      })
    },

    async CreateProvisioningTemplateVersion({ templateName, templateBody, setAsDefault = false }, context) {
      const { accountId } = context
      const { changed, parsed } = await store.transact(async (db) => {
        const template = await getTemplate(db, accountId, templateName)
        const parsed = checkTemplate(parseTemplate, templateBody, template.type)
        const changed = await createVersion(db, template, { templateBody, setAsDefault, now: now() })
        return { changed, parsed }
      })
      recordRemarks({ record, now }, { accountId, name: templateName, template: parsed })
      return {
        templateArn: templateArn(context, templateName),
        templateName,
        versionId: changed.lastVersionId,
        isDefaultVersion: changed.defaultVersionId === changed.lastVersionId,
      }
    },

    async DescribeProvisioningTemplateVersion({ templateName, versionId }, { accountId }) {
      const template = await getTemplate(store.read, accountId, templateName)
      const version = await getVersion(store.read, template, versionId)
      return { ...version, isDefaultVersion: versionId === template.defaultVersionId }
    },

    async ListProvisioningTemplateVersions(input, { accountId }) {
      const template = await getTemplate(store.read, accountId, input.templateName)
      const page = parsePage(input)
      const after = Number(page.after ?? 0)
      const { rows, nextToken } = toPage(
        (await listVersions(store.read, template)).filter(({ versionId }) => versionId > after),
        page,
        ({ versionId }) => String(versionId),
      )
      const versions = rows.map(({ versionId, creationDate }) => ({
        versionId,
        creationDate,
        isDefaultVersion: versionId === template.defaultVersionId,
      }))
      return { versions, nextToken }
    },

    async DeleteProvisioningTemplateVersion({ templateName, versionId }, { accountId }) {
      await store.transact(async (db) => {
        const template = await getTemplate(db, accountId, templateName)
        await getVersion(db, template, versionId)
        if (versionId === template.defaultVersionId) {
          throw iotError(
            'DeleteConflictException',
            `version ${versionId} is the default version of ${templateName}`,
          )
        }
        await deleteVersion(db, template, versionId)
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}

function summarize(template: ProvisioningTemplate, context: CallContext) {
  const { templateName, description, creationDate, lastModifiedDate, enabled, type } = template
  const isSilent = enabled === undefined && type === 'JITP' // it counts then: false would say that it rests
  return {
    templateArn: templateArn(context, templateName),
    templateName,
    description,
    creationDate,
    lastModifiedDate,
    ...(!isSilent && { enabled: enabled ?? false }),
    type,
  }
}

function toHook(
  hook: { payloadVersion?: string | undefined; targetArn: string } | undefined,
  type: Iot.TemplateType,
) {
  if (!hook) return undefined
  if (type !== 'FLEET_PROVISIONING') {
    throw iotError(
      'InvalidRequestException',
      `preProvisioningHook is for templates of type FLEET_PROVISIONING, not ${type}`,
    )
  }
  const { payloadVersion = defaultPayloadVersion, targetArn } = hook
  if (payloadVersion !== defaultPayloadVersion) {
    throw iotError(
      'InvalidRequestException',
      `preProvisioningHook.payloadVersion must be ${defaultPayloadVersion}, got ${payloadVersion}`,
    )
  }
  return { payloadVersion, targetArn }
}
