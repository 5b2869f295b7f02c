/** What a template makes of a device, part by part, also where it fails as a whole. */
import type { RegistrationConfig } from '@aws-sdk/client-iot'
import { AwsError } from '../../api/aws/errors.ts'
import type { Identities } from '../../access/identities/index.ts'
import { iotArn } from '../../lib/arn.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import type { CaCertificate, DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Store } from '../../store/index.ts'
import { findHook } from '../admission/index.ts'
import { findTemplateSource, type TemplateSource } from '../provisioning-templates/index.ts'
import {
  TemplateError,
  certificateParameters,
  describeParameters,
  parseTemplate,
  planParts,
  type Template,
} from '../templates/index.ts'
import type { DryRunReport, Fault } from './report.ts'
import { describeResources } from './resources.ts'
import { describeSteps } from './steps.ts'

export interface TemplateReportDeps {
  store: Pick<Store, 'read'>
  identities: Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>
}

interface Asked {
  accountId: string
  region: string
  config: RegistrationConfig
  ca: CaCertificate | undefined
  leaf: ParsedCertificate
  known: DeviceCertificate | undefined
  /** What the CA's allow-list says. */
  listed: ReadonlyMap<string, string> | undefined
}

type TemplateReport = Partial<Omit<DryRunReport, 'verdict' | 'device' | 'ca'>>

export async function describeTemplate(deps: TemplateReportDeps, asked: Asked): Promise<TemplateReport> {
  const { accountId, config } = asked
  const name = config.templateName
  try {
    const source = await findTemplateSource(deps.store.read, accountId, config)
    const parts = await describeParts(deps, asked, source, parseTemplate(source.templateBody, 'JITP'))
    return withHook(parts, await findHook(deps.store.read, asked))
  } catch (error) {
    const fault = toFault(error)
    if (!fault) throw error
    return { template: { ...(name !== undefined && { name }), remarks: [], fault } }
  }
}

/** A web service is asked about devices that come, not about those that might. */
function withHook(report: TemplateReport, hook: string | undefined): TemplateReport {
  const { template } = report
  if (hook === undefined || !template) return report
  const { origin, pathname } = new URL(hook)
  const remark = `The webhook ${origin}${pathname} is asked before a device is provisioned, and may say no; this did not ask it`
  return { ...report, template: { ...template, remarks: [...template.remarks, remark] } }
}

async function describeParts(
  deps: TemplateReportDeps,
  { accountId, region, config, ca, leaf, known, listed = new Map() }: Asked,
  { roleArn }: TemplateSource,
  template: Template,
): Promise<TemplateReport> {
  const own = certificateParameters(leaf)
  const values = new Map([...listed, ...own])
  const plan = planParts(template, values)
  const name = config.templateName
  const sourceArn = ca?.certificateArn ?? iotArn({ accountId, region }, 'cacert/')
  return {
    template: { ...(name !== undefined && { name }), remarks: template.remarks },
    parameters: describeParameters(template, own, listed),
    resources: await describeResources(deps.store.read, { accountId, known }, template, plan),
    ...(await describeSteps(deps.identities, {
      accountId,
      region,
      plan,
      certificateId: leaf.certificateId,
      roleArn: roleArn === '' ? undefined : roleArn,
      sourceArn,
    })),
  }
}

function toFault(error: unknown): Fault | undefined {
  if (error instanceof TemplateError) return { place: error.place, text: error.message }
  return error instanceof AwsError ? { place: 'template', text: error.message } : undefined
}
