/** Policies on certificates and groups, certificates on things. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  paginateListTargetsForPolicy,
  paginateListThingPrincipalsV2,
  type ThingPrincipalObject,
} from '@aws-sdk/client-iot'
import { inPages, type End } from './ends.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy, Item, KindName } from './items.ts'
import { unread } from './named.ts'
import { listPolicies } from './policies.ts'
import { readThings } from './things.ts'

export async function* planAttachments(copy: Copy): AsyncGenerator<Item> {
  const policies = new Set((await listPolicies(copy.to)).map(({ name }) => name))
  const held = await listPolicies(copy.from)
  yield* (await inParallel(held, ({ name }) => planPolicy(copy, name, policies.has(name)))).flat()
  const there = await readThings(copy.to)
  const names = [...(await readThings(copy.from)).keys()]
  yield* (await inParallel(names, (name) => planThing(copy, name, there.has(name)))).flat()
}

/** What carries policies or things: a certificate or a group, by its ARN. */
function readTarget(arn: string): { kind: KindName; name: string } | undefined {
  const [, kind, name = ''] = /:(cert|thinggroup)\/(.+)$/.exec(arn) ?? []
  return kind === undefined ? undefined : { kind: kind === 'cert' ? 'certificates' : 'thing-groups', name }
}

/** Why nothing is attached; undefined where both ends of it are what they are at the source. */
function faultOf(
  { isAmiss }: Copy,
  target: ReturnType<typeof readTarget>,
  holder: readonly [KindName, string],
): string | undefined {
  if (!target) return 'it is of an identity of Amazon Cognito'
  if (isAmiss(...holder)) return `${holder[1]} is not there as it is here`
  return isAmiss(target.kind, target.name) ? `${target.name} is not there as it is here` : undefined
}

async function planPolicy(copy: Copy, policyName: string, isThere: boolean): Promise<Item[]> {
  const { from, to, rename } = copy
  try {
    const there = new Set(isThere ? await listTargets(to, policyName) : [])
    return (await listTargets(from, policyName)).map((text) => {
      const [arn, target] = [rename(text), readTarget(text)]
      const about = {
        kind: 'attachments',
        name: `policy ${policyName} to ${target?.name ?? text}`,
      } as const
      if (there.has(arn)) return { ...about, state: 'same' }
      const why = faultOf(copy, target, ['policies', policyName])
      if (why !== undefined) return { ...about, state: 'left-out', why }
      const carryOut = async () => {
        await to.iot.send(new AttachPolicyCommand({ policyName, target: arn }))
      }
      return { ...about, state: 'make', carryOut }
    })
  } catch (error) {
    return [unread({ kind: 'attachments', name: `policy ${policyName} to *` }, error)]
  }
}

async function listTargets(end: End, policyName: string): Promise<string[]> {
  const all: string[] = []
  for await (const { targets = [] } of paginateListTargetsForPolicy(inPages(end), { policyName }))
    all.push(...targets)
  return all
}

async function planThing(copy: Copy, thingName: string, isThere: boolean): Promise<Item[]> {
  const { from, to, rename } = copy
  try {
    const there = new Map(
      (isThere ? await listPrincipals(to, thingName) : []).map((object) => [
        object.principal,
        object.thingPrincipalType,
      ]),
    )
    return (await listPrincipals(from, thingName)).map((object) => {
      const principal = rename(object.principal ?? '')
      return planPrincipal(copy, { ...object, thingName, principal, known: there.get(principal) })
    })
  } catch (error) {
    return [unread({ kind: 'attachments', name: `* to thing ${thingName}` }, error)]
  }
}

interface Principal extends Omit<ThingPrincipalObject, 'principal'> {
  thingName: string
  /** ARN at the destination. */
  principal: string
  /** As what it is attached there. */
  known: ThingPrincipalObject['thingPrincipalType']
}

const ordinary = 'NON_EXCLUSIVE_THING'

function planPrincipal(copy: Copy, { thingName, principal, known, ...object }: Principal): Item {
  const { thingPrincipalType = ordinary } = object
  const target = readTarget(principal)
  const about = { kind: 'attachments', name: `${target?.name ?? principal} to thing ${thingName}` } as const
  if (known === thingPrincipalType) return { ...about, state: 'same' }
  if (known !== undefined)
    return { ...about, state: 'in-the-way', why: `it is ${thingPrincipalType} here and ${known} there` }
  const why = faultOf(copy, target, ['things', thingName])
  if (why !== undefined) return { ...about, state: 'left-out', why }
  const exclusive = thingPrincipalType === ordinary ? {} : { thingPrincipalType }
  return {
    ...about,
    state: 'make',
    carryOut: async () =>
      void (await copy.to.iot.send(new AttachThingPrincipalCommand({ thingName, principal, ...exclusive }))),
  }
}

async function listPrincipals(end: End, thingName: string): Promise<ThingPrincipalObject[]> {
  const all: ThingPrincipalObject[] = []
  for await (const page of paginateListThingPrincipalsV2(inPages(end), { thingName }))
    all.push(...(page.thingPrincipalObjects ?? []))
  return all
}
