import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { templateArn } from './provisioning-template.ts'

const onTemplate = ({ templateName }: { templateName: string }, scope: ArnScope) => ({
  resources: [templateArn(scope, templateName)],
})

const onEverything = () => ({ resources: ['*'] })

export const provisioningTemplatesPermissions = {
  CreateProvisioningTemplate: onTemplate,
  DescribeProvisioningTemplate: onTemplate,
  ListProvisioningTemplates: onEverything,
  UpdateProvisioningTemplate: onTemplate,
  DeleteProvisioningTemplate: onTemplate,
  CreateProvisioningTemplateVersion: onTemplate,
  DescribeProvisioningTemplateVersion: onTemplate,
  ListProvisioningTemplateVersions: onTemplate,
  DeleteProvisioningTemplateVersion: onTemplate,
} satisfies Partial<Permissions<typeof Iot>>
