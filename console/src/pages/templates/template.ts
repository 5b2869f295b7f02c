/** A provisioning template as the API describes it, and the calls about it. */
import type { OperationCall } from '../../api/call.ts'

export interface Template {
  templateName: string
  templateArn: string
  description?: string
  type?: string
  enabled?: boolean
  defaultVersionId: number
  templateBody: string
  provisioningRoleArn: string
  creationDate?: number
  lastModifiedDate?: number
  preProvisioningHook?: { targetArn: string }
}

export interface TemplateVersion {
  versionId: number
  creationDate?: number
  isDefaultVersion?: boolean
}

export const iot = (operation: string, input: object): OperationCall => ({
  service: 'iot',
  operation,
  input,
})

export const describeTemplate = (templateName: string) =>
  iot('DescribeProvisioningTemplate', { templateName })

export const listVersions = (templateName: string) =>
  iot('ListProvisioningTemplateVersions', { templateName, maxResults: 100 })

export const describeVersion = (templateName: string, versionId: number) =>
  iot('DescribeProvisioningTemplateVersion', { templateName, versionId })

export const pathOf = (templateName: string) => `/templates/${encodeURIComponent(templateName)}`
