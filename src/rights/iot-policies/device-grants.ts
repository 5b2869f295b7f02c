/** What a connection is granted: whose policies count, and what their variables can ask for. */
import type { CompiledPolicy, DeviceThing } from '../../access/policies/index.ts'
import type { Db } from '../../store/index.ts'
import { allGroupsOfThing } from '../../registry/thing-groups/index.ts'
import { allThingsOfPrincipal, findThing, type PrincipalThing } from '../../registry/things/index.ts'
import { claimPolicy } from './claim-policy.ts'
import { effectivePolicies } from './attachment-store.ts'
import type { Enrichment } from '../../registry/thing-types/index.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import type { EnrichingTypes } from './enriching-types.ts'

export type DeviceProtocol = 'mqtt' | 'http'

/** Connections of which this is the same are granted the same. */
export interface GrantsKey {
  accountId: string
  certificateId: string
  certificateArn: string
  /** Absent where the protocol has none. */
  clientId: string | undefined
  protocol: DeviceProtocol
  /** Of a claim that CreateProvisioningClaim gave out. */
  claimTemplate?: string | undefined
}

export interface GrantedPolicy {
  /** ARN of the certificate or thing group that it comes from. */
  target: string
  policy: CompiledPolicy
}

export interface DeviceGrants {
  /** All things that the certificate is attached to. */
  thingNames: readonly string[]
  thing?: DeviceThing
  /** True when the certificate is attached to that thing alone. */
  isThingExclusive?: boolean
  /** What its messages are given. */
  enrichments?: readonly Enrichment[]
  /** Groups of the connection's thing, and those above them. */
  groupNames: readonly string[]
  /** The certificate and the groups. */
  targets: readonly string[]
  granted: readonly GrantedPolicy[]
}

export const noGrants: DeviceGrants = { thingNames: [], groupNames: [], targets: [], granted: [] }

/**
 * Which thing a connection stands for: the one its certificate is exclusively attached to, else the attached one
 * that the client calls itself. Over HTTPS there is none.
 * Source: AWS IoT Developer Guide, "Thing policy variables" and "Associating a thing to a connection".
 */
function connectionThing(
  things: readonly PrincipalThing[],
  { clientId, protocol }: Pick<GrantsKey, 'clientId' | 'protocol'>,
): PrincipalThing | undefined {
  if (protocol === 'http') return undefined
  return things.find(isExclusive) ?? things.find(({ thingName }) => thingName === clientId)
}

const isExclusive = ({ thingPrincipalType }: PrincipalThing) => thingPrincipalType === 'EXCLUSIVE_THING'

export interface GrantsParts {
  compiled: Pick<CompiledPolicies, 'get'>
  enriching: Pick<EnrichingTypes, 'areThere' | 'find'>
}

/** For those who ask about policies alone. */
export const enrichingNothing: GrantsParts['enriching'] = {
  areThere: async () => false,
  find: async () => [],
}

/** Loads grants; what several of the keys have in common is read once, so use one loader for one moment only. */
export function createGrantsLoader(db: Db, parts: GrantsParts): (key: GrantsKey) => Promise<DeviceGrants> {
  const things = new Map<string, Promise<PrincipalThing[]>>()
  const grants = new Map<string, Promise<DeviceGrants>>()
  return async (key) => {
    const certificate = `${key.accountId} ${key.certificateArn}`
    const attached = await once(things, certificate, () =>
      allThingsOfPrincipal(db, key.accountId, key.certificateArn),
    )
    const thing = connectionThing(attached, key)
    return once(grants, `${certificate} ${thing?.thingName}`, () =>
      loadGrants(db, { ...key, attached, connected: thing }, parts),
    )
  }
}

function once<Value>(
  known: Map<string, Promise<Value>>,
  name: string,
  load: () => Promise<Value>,
): Promise<Value> {
  let value = known.get(name)
  if (!value) known.set(name, (value = load()))
  return value
}

interface Connected {
  accountId: string
  certificateArn: string
  attached: readonly PrincipalThing[]
  connected: PrincipalThing | undefined
  claimTemplate?: string | undefined
}

/** Policies of the thing's groups count beside the certificate's own. */
async function loadGrants(
  db: Db,
  { accountId, certificateArn, attached, connected, claimTemplate }: Connected,
  { compiled, enriching }: GrantsParts,
): Promise<DeviceGrants> {
  const thingName = connected?.thingName
  const groups = thingName === undefined ? [] : await allGroupsOfThing(db, accountId, thingName)
  const targets = [certificateArn, ...groups.map(({ groupArn }) => groupArn)]
  const attachedPolicies = await loadPolicies(db, { accountId, targets }, compiled)
  const granted =
    claimTemplate === undefined
      ? attachedPolicies
      : [...attachedPolicies, claimPolicy(claimTemplate, compiled)]
  const isWhole = asksForThing(granted) || (await enriching.areThere())
  const thing = thingName === undefined ? undefined : await loadThing(db, { accountId, thingName, isWhole })
  const enrichments = await enriching.find(accountId, thing?.thingTypeName)
  return {
    thingNames: attached.map((one) => one.thingName),
    ...(thing && { thing }),
    ...(enrichments.length > 0 && { enrichments }),
    isThingExclusive: connected !== undefined && isExclusive(connected),
    groupNames: groups.map(({ groupName }) => groupName),
    targets,
    granted,
  }
}

export async function loadPolicies(
  db: Db,
  { accountId, targets }: { accountId: string; targets: readonly string[] },
  compiled: Pick<CompiledPolicies, 'get'>,
): Promise<GrantedPolicy[]> {
  const policies = await effectivePolicies(db, accountId, targets)
  return policies.map(({ target, policyName, policyDocument }) => ({
    target,
    policy: compiled.get(policyName, policyDocument),
  }))
}

/** Type and attributes only when somebody asks for them. */
async function loadThing(
  db: Db,
  wanted: { accountId: string; thingName: string; isWhole: boolean },
): Promise<DeviceThing> {
  const { accountId, thingName, isWhole } = wanted
  const thing = isWhole ? await findThing(db, accountId, thingName) : undefined
  return {
    thingName,
    ...(thing?.thingTypeName !== undefined && { thingTypeName: thing.thingTypeName }),
    attributes: thing?.attributes ?? {},
  }
}

/** Whether type or attributes of the thing matter. */
export function asksForThing(granted: readonly GrantedPolicy[]): boolean {
  return granted.some(({ policy }) =>
    [...policy.names].some((name) => /^iot:connection\.thing\.(?:thingtypename$|attributes\[)/.test(name)),
  )
}
