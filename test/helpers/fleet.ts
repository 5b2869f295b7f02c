/** A server's onboarding on a database of its own, without ports. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Caller } from '../../src/api/aws/caller.ts'
import type { CallContext } from '../../src/api/aws/operations.ts'
import {
  caCertificatesOperations,
  certificatesOperations,
  findReceiver,
  openIssuer,
  transfersOperations,
} from '../../src/pki/certificates/index.ts'
import { createLocalFabric, type Message } from '../../src/fabric/in-process/index.ts'
import { createIdentities, iamOperations } from '../../src/access/identities/index.ts'
import type { JournalEntry } from '../../src/observability/journal/index.ts'
import { certificateIdOf } from '../../src/lib/x509.ts'
import { createTrustedOutbound } from '../../src/lib/outbound/outbound.ts'
import { openAllowLists } from '../../src/onboarding/allow-lists/index.ts'
import { createOnboarding } from '../../src/onboarding/admission/index.ts'
import { provisioningOperations } from '../../src/onboarding/provisioning/index.ts'
import { provisioningTemplatesOperations } from '../../src/onboarding/provisioning-templates/index.ts'
import { makeCa, makeVerificationCertificate, type TestCa, type TestCertificate } from './certificates.ts'
import { memoryDirectory } from './memory-directory.ts'
import { openStoreIn } from './store.ts'

export const accountId = '000000000000'
export const region = 'us-east-1'
export const pseudo = (name: string) => `AWS::IoT::Certificate::${name}`

export const policyText = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }],
})

interface TemplateChanges {
  thing?: Record<string, unknown> | undefined
  certificate?: Record<string, unknown>
  policy?: Record<string, unknown>
  overrides?: Record<string, string>
  parameters?: string[]
}

/** A thing named by CN, with one policy; `thing` and `policy` replace or add properties. */
export function templateOf(changes: TemplateChanges = {}): string {
  const { thing, certificate, policy = { PolicyDocument: policyText }, overrides } = changes
  const parameters = changes.parameters ?? [pseudo('CommonName'), pseudo('Id')]
  return JSON.stringify({
    Parameters: Object.fromEntries(parameters.map((name) => [name, { Type: 'String' }])),
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: { ThingName: { Ref: pseudo('CommonName') }, ...thing },
        ...(overrides && { OverrideSettings: overrides }),
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: pseudo('Id') }, ...certificate },
      },
      policy: { Type: 'AWS::IoT::Policy', Properties: policy },
    },
  })
}

const trust = (service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
})

/** What onboarding stands on. */
async function openParts() {
  const directory = await mkdtemp(join(memoryDirectory(), 'onboarding-'))
  const store = await openStoreIn(directory)
  const fabric = createLocalFabric()
  const clock = { now: new Date() }
  const now = () => clock.now
  const identities = createIdentities({ store, fabric, accountId, now })
  const entries: JournalEntry[] = []
  const events: Message[] = []
  fabric.subscribe(accountId, '$aws/events/certificates/#', (message) => events.push(message))
  return {
    directory,
    store,
    fabric,
    clock,
    now,
    identities,
    issuer: await openIssuer(directory),
    entries,
    events,
  }
}

const attachmentsOf = async () => ({ policies: 0, things: 0 })

export async function openFleet() {
  const parts = await openParts()
  const { entries, identities } = parts
  const record = (entry: JournalEntry) => void entries.push(entry)
  const allowLists = openAllowLists({
    directory: parts.directory,
    outbound: createTrustedOutbound(),
    log: { warn: () => {} },
    now: parts.now,
  })
  const onboarding = createOnboarding({
    ...parts,
    region,
    record,
    allowLists,
    findReceiver: (...named) => findReceiver(parts.store.read, ...named),
  })
  const contextOf = (caller: Caller): CallContext => ({
    caller,
    accountId,
    region,
    requestId: 'request-1',
    sourceIp: '192.0.2.1',
    authorize: (action, resource, conditions = {}) =>
      identities.authorize(caller, { action, resource, conditions }),
  })
  return {
    ...parts,
    onboarding,
    contextOf,
    /** Of a call that root makes. */
    context: contextOf({ accountId, kind: 'root', arn: `arn:aws:iam::${accountId}:root`, userId: accountId }),
    iam: iamOperations(parts),
    operations: {
      ...provisioningTemplatesOperations({ ...parts, record }),
      ...provisioningOperations(parts),
    },
    cas: caCertificatesOperations({ ...parts, lintRegistrationConfig: onboarding.lintRegistrationConfig }),
    certificates: certificatesOperations({ ...parts, attachmentsOf, detachPolicies: async () => {} }),
    transfers: transfersOperations({ ...parts, record, attachmentsOf, isOpenAccount: () => true }),
    async [Symbol.asyncDispose]() {
      identities[Symbol.dispose]()
      await parts.store[Symbol.asyncDispose]()
      await rm(parts.directory, { recursive: true })
    },
  }
}

export type Fleet = Awaited<ReturnType<typeof openFleet>>

interface RoleOptions {
  name?: string
  /** Of its inline policy. */
  actions?: string | string[]
  service?: string
}

/** Resolves with the ARN of a new role that may do `actions` on everything. */
export async function createRole(fleet: Fleet, options: RoleOptions = {}): Promise<string> {
  const { name: RoleName = 'JITPRole', actions: Action = 'iot:*', service = 'iot.amazonaws.com' } = options
  const { iam, context } = fleet
  await iam.CreateRole({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust(service)) }, context)
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
  })
  await iam.PutRolePolicy({ RoleName, PolicyName: 'own', PolicyDocument }, context)
  return `arn:aws:iam::${accountId}:role/${RoleName}`
}

interface CaOptions {
  registrationConfig?: { templateBody?: string; roleArn?: string; templateName?: string }
  /** A name of its own: CAs are found by theirs. */
  subject?: string
  firstConnection?: 'close' | 'hold' | 'accept' | 'approve'
  /** Further tags. */
  tags?: Record<string, string>
  active?: boolean
  autoRegistration?: boolean
}

export interface RegisteredCa extends TestCa {
  caId: string
}

export async function registerCa(fleet: Fleet, options: CaOptions = {}): Promise<RegisteredCa> {
  const ca = makeCa(options.subject === undefined ? {} : { subject: options.subject })
  const { cas, context } = fleet
  const { registrationCode } = await cas.GetRegistrationCode({}, context)
  const { certificateId } = await cas.RegisterCACertificate(
    {
      caCertificate: ca.certificatePem,
      verificationCertificate: makeVerificationCertificate(ca, registrationCode).certificatePem,
      setAsActive: options.active ?? true,
      allowAutoRegistration: options.autoRegistration ?? true,
      ...(options.registrationConfig && { registrationConfig: options.registrationConfig }),
      tags: Object.entries({
        ...(options.firstConnection && { 'muster:first-connection': options.firstConnection }),
        ...options.tags,
      }).map(([Key, Value]) => ({ Key, Value })),
    },
    context,
  )
  return { ...ca, caId: certificateId }
}

/** A CA with a template and a role that may do everything in iot. */
export async function registerJitpCa(fleet: Fleet, templateBody = templateOf(), options: CaOptions = {}) {
  const roleArn = await createRole(fleet)
  return registerCa(fleet, { registrationConfig: { templateBody, roleArn }, ...options })
}

export async function connect(fleet: Fleet, { der }: Pick<TestCertificate, 'der'>, clientId = 'client-1') {
  const certificate = { der, certificateId: certificateIdOf(der) }
  const request = { accountId, certificate, clientId, sourceIp: '192.0.2.7', protocol: 'mqtt' } as const
  return fleet.onboarding.admit(request)
}
