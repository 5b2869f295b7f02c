/** What policies say about one request of a device, and why; nothing is changed. */
import {
  askedNames,
  describeDecision,
  evaluatePolicies,
  lookupIn,
  suggestStatement,
  type CompiledPolicy,
  type Decision,
  type Lookup,
} from '../../access/policies/index.ts'
import { getCertificate, type DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { effectivePolicies } from './attachment-store.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import { createGrantsLoader, enrichingNothing, type DeviceGrants } from './device-grants.ts'
import { checkDocument } from './iot-policy.ts'
import { simulatedVariables } from './simulated-variables.ts'
import { getPolicy } from './store.ts'

export interface SimulationRequest {
  /** Whose policies and variables count, those of its thing and the thing's groups too. */
  certificateId?: string | undefined
  /** Beside those. */
  policyNames: readonly string[]
  /** JSON text of one more that is not there yet. */
  policyDocument?: string | undefined
  clientId?: string | undefined
  sourceIp?: string | undefined
  /** e.g. `iot:Publish` */
  action: string
  /** An ARN. */
  resource: string
}

interface SimulatedPolicy {
  policyName: string
  /** ARN of what it is attached to; absent for one that was named. */
  target?: string
  document: string
}

interface SimulatedStatement {
  policyName: string
  target?: string
  /** From 0, in the document. */
  index: number
  sid?: string
  /** JSON text. */
  document: string
}

export interface Simulation {
  decision: Decision['effect']
  /** One sentence. */
  explanation: string
  /** The one that decided; for an implicit deny the one that came nearest, if any did. */
  statement?: SimulatedStatement
  /** Of all variables and condition keys that statements about the action ask for; without a value it has none. */
  variables: { name: string; value?: string }[]
  policies: { policyName: string; target?: string }[]
  /** The statement that would grant it; absent when it is granted. */
  suggestion?: string
  certificateStatus?: string
  /** The thing that the connection would stand for. */
  thingName?: string
}

export interface SimulationDeps {
  store: Pick<Store, 'read'>
  compiled: Pick<CompiledPolicies, 'get'>
  now: () => Date
}

/** How a document that is not there yet is called in answers. */
const draftName = 'draft'

/** @throws {AwsError} for a certificate or policy that is not there, and for a document that is none */
export async function simulate(
  { store: { read }, compiled, now }: SimulationDeps,
  accountId: string,
  request: SimulationRequest,
): Promise<Simulation> {
  const { certificateId, action, resource } = request
  const certificate =
    certificateId === undefined ? undefined : await getCertificate(read, accountId, certificateId)
  const grants = certificate && (await loadGrants(read, compiled, { certificate, request }))
  const policies = await listPolicies(read, { accountId, grants, request })
  const all = policies.map(({ policyName, document }) => compiled.get(policyName, document))
  const lookup = lookupOf({ certificate, grants, request, now })
  const decision = evaluatePolicies(all, { action, resource, lookup })
  const statement = statementOf(decision.nearestMiss ?? decision, policies)
  return {
    decision: decision.effect,
    explanation: describeDecision(decision, request),
    ...(statement && { statement }),
    variables: valuesOf(all, action, lookup),
    policies: policies.map(({ policyName, target }) => ({
      policyName,
      ...(target !== undefined && { target }),
    })),
    ...(decision.effect !== 'allow' && { suggestion: suggestStatement(request) }),
    ...(certificate && { certificateStatus: certificate.status }),
    ...(grants?.thing && { thingName: grants.thing.thingName }),
  }
}

interface Asked {
  certificate: DeviceCertificate
  request: SimulationRequest
}

function loadGrants(
  db: Db,
  compiled: SimulationDeps['compiled'],
  { certificate, request: { clientId } }: Asked,
): Promise<DeviceGrants> {
  const { accountId, certificateId, certificateArn } = certificate
  const key = { accountId, certificateId, certificateArn, clientId, protocol: 'mqtt' as const }
  return createGrantsLoader(db, { compiled, enriching: enrichingNothing })(key)
}

interface Wanted {
  accountId: string
  grants: DeviceGrants | undefined
  request: SimulationRequest
}

async function listPolicies(db: Db, { accountId, grants, request }: Wanted): Promise<SimulatedPolicy[]> {
  const attached = await effectivePolicies(db, accountId, grants?.targets ?? [])
  const policies: SimulatedPolicy[] = attached.map(({ policyName, target, policyDocument }) => ({
    policyName,
    target,
    document: policyDocument,
  }))
  for (const policyName of request.policyNames)
    policies.push({ policyName, document: (await getPolicy(db, accountId, policyName)).policyDocument })
  const { policyDocument } = request
  if (policyDocument !== undefined) {
    checkDocument(policyDocument)
    policies.push({ policyName: draftName, document: policyDocument })
  }
  return policies
}

interface Known {
  certificate: DeviceCertificate | undefined
  grants: DeviceGrants | undefined
  request: SimulationRequest
  now: () => Date
}

/** Without a certificate what asks for one has no value. */
function lookupOf({ certificate, grants, request, now }: Known): Lookup {
  const { clientId, sourceIp } = request
  if (certificate && grants) return simulatedVariables({ certificate, grants, clientId, sourceIp, now })
  return lookupIn({
    'iot:ClientId': clientId,
    'aws:SourceIp': sourceIp,
    'aws:CurrentTime': now().toISOString(),
  })
}

function valuesOf(
  policies: readonly CompiledPolicy[],
  action: string,
  lookup: Lookup,
): Simulation['variables'] {
  return askedNames(policies, { action }).map((name) => {
    const value = lookup(name)
    if (value === undefined) return { name }
    return { name, value: typeof value === 'string' ? value : value.join(', ') }
  })
}

function statementOf(
  decided: Pick<Decision, 'policyName' | 'statement' | 'sid'>,
  policies: readonly SimulatedPolicy[],
): SimulatedStatement | undefined {
  const { policyName, statement: index, sid } = decided
  const policy = policies.find((one) => one.policyName === policyName)
  if (!policy || policyName === undefined || index === undefined) return undefined
  const { target, document } = policy
  const { Statement } = JSON.parse(document) as { Statement: unknown }
  const text = JSON.stringify(Array.isArray(Statement) ? Statement[index] : Statement)
  return {
    policyName,
    index,
    document: text,
    ...(target !== undefined && { target }),
    ...(sid !== undefined && { sid }),
  }
}
