import {
  CreateProvisioningTemplateCommand,
  CreateProvisioningTemplateVersionCommand,
  DescribeProvisioningTemplateCommand,
  DescribeProvisioningTemplateVersionCommand,
  paginateListProvisioningTemplates,
  paginateListProvisioningTemplateVersions,
  type ProvisioningTemplateVersionSummary,
  type ProvisioningHook,
  type TemplateType,
} from '@aws-sdk/client-iot'
import { inPages, type End } from './ends.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy, Item } from './items.ts'
import type { Named } from './named.ts'
import { tagsMember } from './tags.ts'
import { planVersioned, type VersionedKind } from './versioned.ts'

interface Template {
  description: string | undefined
  enabled: boolean | undefined
  provisioningRoleArn: string | undefined
  preProvisioningHook: ProvisioningHook | undefined
  type: TemplateType | undefined
}

async function listTemplates(end: End): Promise<Named[]> {
  const all: Named[] = []
  for await (const { templates = [] } of paginateListProvisioningTemplates(inPages(end), {}))
    for (const { templateName = '', templateArn = '' } of templates)
      all.push({ name: templateName, arn: templateArn })
  return all
}

async function listVersions(end: End, templateName: string) {
  const all: ProvisioningTemplateVersionSummary[] = []
  for await (const page of paginateListProvisioningTemplateVersions(inPages(end), { templateName }))
    all.push(...(page.versions ?? []))
  return all.toSorted((left, right) => (left.versionId ?? 0) - (right.versionId ?? 0))
}

const templates: VersionedKind<Template> = {
  kind: 'templates',
  list: listTemplates,
  async describe({ iot }, templateName) {
    const described = await iot.send(new DescribeProvisioningTemplateCommand({ templateName }))
    const { description, enabled, provisioningRoleArn, preProvisioningHook, type } = described
    return { description, enabled, provisioningRoleArn, preProvisioningHook, type }
  },
  async readVersions(end, templateName) {
    return inParallel(
      await listVersions(end, templateName),
      async ({ versionId, isDefaultVersion = false }) => {
        const version = { templateName, versionId }
        const { templateBody = '' } = await end.iot.send(
          new DescribeProvisioningTemplateVersionCommand(version),
        )
        return { body: templateBody, isDefault: isDefaultVersion }
      },
    )
  },
  async make({ iot }, templateName, { content, body: templateBody, tags }) {
    await iot.send(
      new CreateProvisioningTemplateCommand({
        templateName,
        templateBody,
        ...content,
        ...tagsMember(tags),
      }),
    )
  },
  async addVersion({ iot }, templateName, templateBody) {
    await iot.send(new CreateProvisioningTemplateVersionCommand({ templateName, templateBody }))
  },
}

export const planTemplates = (copy: Copy): AsyncGenerator<Item> => planVersioned(templates, copy)
