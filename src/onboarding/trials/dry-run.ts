/** What a template, or a whole CA, would make of a device. Nothing is written. */
import type { RegistrationConfig } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Identities } from '../../access/identities/index.ts'
import { iotArn } from '../../lib/arn.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import {
  findCaCertificate,
  findCertificate,
  getCaCertificate,
  isSignedBy,
  makeSampleCertificate,
  type CaCertificate,
} from '../../pki/certificates/index.ts'
import type { Db, Store } from '../../store/index.ts'
import type { Onboarding, Rehearsal } from '../admission/index.ts'
import { findProvisioningTemplate, findTemplateSource } from '../provisioning-templates/index.ts'
import { describeCa, describeDevice, toVerdict } from './facts.ts'
import { readCertificate } from './read-certificate.ts'
import type { DryRunReport } from './report.ts'
import { parseSubjectText, subjectOfParameters } from './subject-text.ts'
import { describeTemplate } from './template-report.ts'

export interface DryRunDeps {
  store: Pick<Store, 'read'>
  identities: Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>
  onboarding: Pick<Onboarding, 'rehearse'>
  now: () => Date
}

export interface DryRunRequest {
  accountId: string
  region: string
  sourceIp: string
  /** The CA that the device comes from; absent: the one that signed its certificate, or one that is as it should be. */
  caCertificateId?: string | undefined
  /** Instead of the CA's own; one of the two. */
  templateName?: string | undefined
  templateBody?: string | undefined
  /** With a template; absent: the one of the CA or of the named template. */
  provisioningRoleArn?: string | undefined
  /** One of the three. */
  certificatePem?: string | undefined
  /** `CN=lamp-1, O=Acme` */
  subject?: string | undefined
  /** Values by parameter name, as a subject would bring them. */
  parameters?: Readonly<Record<string, string>> | undefined
  clientId?: string | undefined
}

/**
 * The verdict is the one that a connection at this moment would come to.
 * @throws {AwsError} `InvalidRequestException`, `ResourceNotFoundException` for a CA or template that there is not
 */
export async function dryRun(deps: DryRunDeps, request: DryRunRequest): Promise<DryRunReport> {
  checkRequest(request)
  const { accountId, caCertificateId, clientId, sourceIp } = request
  const { read } = deps.store
  const ca =
    caCertificateId === undefined ? undefined : await getCaCertificate(read, accountId, caCertificateId)
  const leaf = await readDevice(request, deps.now())
  const registrationConfig = await configOf(read, request, ca)
  const issuer = issuerOf(request, { ca, leaf, now: deps.now() })
  const rehearsal = await deps.onboarding.rehearse({
    accountId,
    leaf,
    sourceIp,
    clientId,
    registrationConfig,
    isRoleUnknown: registrationConfig?.roleArn === unknownRole,
    ...(issuer && { issuer }),
  })
  return report(deps, request, { leaf, rehearsal, named: ca, registrationConfig })
}

interface Rehearsed {
  leaf: ParsedCertificate
  rehearsal: Rehearsal
  named: CaCertificate | undefined
  registrationConfig: RegistrationConfig | undefined
}

async function report(
  deps: DryRunDeps,
  request: DryRunRequest,
  { leaf, rehearsal, named, registrationConfig }: Rehearsed,
): Promise<DryRunReport> {
  const { read } = deps.store
  const { accountId } = request
  const known = await findCertificate(read, accountId, leaf.certificateId)
  const itsOwn = known?.caCertificateId
  const ca =
    rehearsal.issuer ??
    named ??
    (itsOwn === undefined ? undefined : await findCaCertificate(read, accountId, itsOwn))
  const config = registrationConfig ?? ca?.registrationConfig
  return {
    verdict: toVerdict(rehearsal),
    device: describeDevice(leaf, { isMadeUp: request.certificatePem === undefined, known }),
    ...(ca && ca.certificateId !== imaginedId && { ca: describeCa(ca) }),
    parameters: [],
    resources: [],
    steps: [],
    ...(config &&
      (await describeTemplate(deps, { ...request, config, ca, leaf, known, listed: rehearsal.parameters }))),
  }
}

function checkRequest(request: DryRunRequest): void {
  const { caCertificateId, templateName, templateBody, certificatePem, subject, parameters } = request
  const invalid = (text: string) => iotError('InvalidRequestException', text)
  if (templateName !== undefined && templateBody !== undefined)
    throw invalid('expected templateName or templateBody, got both')
  const hasTemplate = templateName !== undefined || templateBody !== undefined
  if (!hasTemplate && caCertificateId === undefined)
    throw invalid('expected caCertificateId, templateName, or templateBody, got none of them')
  if (request.provisioningRoleArn !== undefined && !hasTemplate)
    throw invalid('provisioningRoleArn goes with templateName or templateBody')
  const devices = [certificatePem, subject, parameters].filter((given) => given !== undefined)
  if (devices.length !== 1)
    throw invalid(`expected one of certificatePem, subject, and parameters, got ${devices.length} of them`)
}

async function readDevice(request: DryRunRequest, now: Date): Promise<ParsedCertificate> {
  const { certificatePem, subject, parameters = {} } = request
  if (certificatePem !== undefined) return readCertificate(certificatePem, 'certificatePem')
  const names = subject === undefined ? subjectOfParameters(parameters) : parseSubjectText(subject)
  return makeSampleCertificate(names, now)
}

/** Of a template that nobody has given a role. */
const unknownRole = ''

/** What provisions instead of what the CA says; `undefined`: as the CA says. */
async function configOf(
  read: Db,
  { accountId, templateName, templateBody, provisioningRoleArn: roleArn }: DryRunRequest,
  ca: CaCertificate | undefined,
): Promise<RegistrationConfig | undefined> {
  if (templateName !== undefined) {
    if (await findProvisioningTemplate(read, accountId, templateName))
      return { templateName, ...(roleArn !== undefined && { roleArn }) }
    throw iotError('ResourceNotFoundException', `there is no provisioning template named ${templateName}`)
  }
  if (templateBody === undefined) return undefined
  return { templateBody, roleArn: roleArn ?? (await roleOf(read, ca)) ?? unknownRole }
}

async function roleOf(read: Db, ca: CaCertificate | undefined): Promise<string | undefined> {
  if (!ca?.registrationConfig) return undefined
  const source = findTemplateSource(read, ca.accountId, ca.registrationConfig)
  return source.then(({ roleArn }) => roleArn).catch(() => undefined)
}

interface Parties {
  ca: CaCertificate | undefined
  leaf: ParsedCertificate
  now: Date
}

/** The CA that counts as the issuer: nobody has signed what was made up. `undefined`: whoever signed it. */
function issuerOf(request: DryRunRequest, { ca, leaf, now }: Parties) {
  if (request.certificatePem === undefined) return { ca: ca ?? imagineCa(request, now) }
  return ca && { ca: isSignedBy(leaf, parseCertificate(ca.certificatePem)) ? ca : undefined }
}

const imaginedId = '0'.repeat(64)
const imaginedMs = 86_400_000

/** A CA that lets devices in. */
function imagineCa({ accountId, region }: DryRunRequest, now: Date): CaCertificate {
  return {
    accountId,
    certificateId: imaginedId,
    certificateArn: iotArn({ accountId, region }, `cacert/${imaginedId}`),
    certificatePem: '',
    status: 'ACTIVE',
    autoRegistrationStatus: 'ENABLE',
    certificateMode: 'DEFAULT',
    notBefore: new Date(0),
    notAfter: new Date(now.getTime() + imaginedMs),
    creationDate: now,
    lastModifiedDate: now,
    customerVersion: 1,
    generationId: '',
    options: {},
  }
}
