import { iotArn, type ArnScope } from '../../lib/arn.ts'

/** A named template. Its bodies are its versions. */
export interface ProvisioningTemplate {
  accountId: string
  templateName: string
  description: string
  type: 'FLEET_PROVISIONING' | 'JITP'
  /** Absent when nobody said. */
  enabled?: boolean
  provisioningRoleArn: string
  preProvisioningHook?: { payloadVersion: string; targetArn: string }
  defaultVersionId: number
  /** The highest version id ever given out. */
  lastVersionId: number
  creationDate: Date
  lastModifiedDate: Date
}

export interface TemplateVersion {
  versionId: number
  templateBody: string
  creationDate: Date
}

/** Of one template (AWS General Reference, "AWS IoT Core quotas"). */
export const maxTemplateVersions = 5
/** Of one account. */
export const maxTemplates = 256

export const templateArn = (scope: ArnScope, templateName: string) =>
  iotArn(scope, `provisioningtemplate/${templateName}`)
