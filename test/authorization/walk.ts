/** One operation, with the resources that a request of it names. */
import { getModel, type Shape } from '../../src/api/aws/model.ts'
import type { Account, Call, Outcome, Service } from './account.ts'
import { rows, type Row } from './inputs.ts'
import { notJudged, plainMembers, references, type Reference } from './members.ts'
import { kinds, type KindName, type Kind, type Resource } from './resources.ts'

/** How a request names its resources: the kind by member. */
export type Way = Readonly<Record<string, KindName>>

export interface Subject {
  call: Call
  /** By the member that names it: what IAM is to decide about. */
  judged: ReadonlyMap<string, Resource>
  row: Row
}

interface Operation {
  service: Service
  operation: string
}

export function findReference({ service, operation }: Operation, member: string): Reference | undefined {
  const known = references[service]
  if (notJudged[`${service} ${operation}.${member}`] !== undefined) return undefined
  if (known[`${operation}.${member}`]) return known[`${operation}.${member}`]
  return notJudged[`${service} ${member}`] === undefined ? known[member] : undefined
}

/** Members whose value a resource could be named by, though nobody said whether it is. */
export function unknownMembers(one: Operation): string[] {
  const known = (member: string) =>
    findReference(one, member) !== undefined ||
    plainMembers.has(member) ||
    notJudged[`${one.service} ${member}`] !== undefined ||
    notJudged[`${one.service} ${one.operation}.${member}`] !== undefined
  return textMembers(one).filter((member) => !known(member))
}

function textMembers({ service, operation }: Operation): string[] {
  const model = getModel(service).operations.get(operation)
  const isText = (shape: Shape): boolean =>
    shape.type === 'list' ? isText(shape.member) : shape.type === 'string' && shape.values === undefined
  return [...(model?.input?.members.values() ?? [])].flatMap(({ name, shape }) =>
    isText(shape) ? [name] : [],
  )
}

/** All members that name a judged resource are in one of the ways. */
export function waysOf(one: Operation): Way[] {
  const row = rows[one.service][one.operation]
  if (row?.ways) return [...row.ways]
  const found = textMembers(one).flatMap((member) => {
    const reference = findReference(one, member)
    return reference ? [{ member, ...reference }] : []
  })
  const toWay = (chosen: typeof found): Way =>
    Object.fromEntries(chosen.map(({ member, kind }) => [member, kind]))
  const isTwice = ({ kind, form }: Reference) =>
    found.some((other) => other.kind === kind && other.form !== form)
  const byName = found.filter((one) => one.form !== 'arn' || !isTwice(one))
  const byArn = found.filter((one) => one.form === 'arn' || !isTwice(one))
  return byArn.length === byName.length && byArn.every((one) => byName.includes(one))
    ? [toWay(byName)]
    : [toWay(byName), toWay(byArn)]
}

let count = 0

/** Makes the resources that the operation needs. */
export async function prepare(account: Account, one: Operation, way: Way): Promise<Subject> {
  const row = rows[one.service][one.operation] ?? {}
  const name = `Walk${++count}x`
  const input: Record<string, unknown> = { ...(await row.input?.(account, name)) }
  const present = new Map<string, Resource>()
  const judged = new Map<string, Resource>()
  for (const [member, reference] of membersToFill(one, way)) {
    const isNew = row.isNew?.includes(member) === true
    const key = isNew ? member : reference.kind
    const resource = present.get(key) ?? (await makeResource(account, reference.kind, isNew))
    present.set(key, resource)
    input[member] = valueOf(resource, member, reference)
    if (way[member] !== undefined) judged.set(member, resource)
  }
  return { call: { ...one, input }, judged, row }
}

/** Those of the way, and those that name a resource which nobody judges. */
function membersToFill(one: Operation, way: Way): [string, Reference][] {
  const known = references[one.service]
  return textMembers(one).flatMap((member): [string, Reference][] => {
    const reference = known[`${one.operation}.${member}`] ?? known[member]
    const kind = way[member]
    if (kind !== undefined) return [[member, { ...reference, kind }]]
    return reference && !findReference(one, member) ? [[member, reference]] : []
  })
}

async function makeResource(account: Account, kindName: KindName, isNew: boolean): Promise<Resource> {
  const kind: Kind = kinds[kindName]
  const planned = kind.plan(account, `Walk${++count}x`)
  if (isNew) return planned
  const made = await kind.make?.(account, planned.name)
  const { name = planned.name, ...more } = made ?? {}
  return { ...kind.plan(account, name), ...more }
}

function valueOf(resource: Resource, member: string, { form, isList }: Reference): unknown {
  const text = form === 'arn' ? resource.arn : (resource.parts?.[member] ?? resource.name)
  return isList ? [text] : text
}

/** The same call with another text where the member was. */
export function withText({ call }: Subject, member: string, text: string): Call {
  const input = call.input as Record<string, unknown>
  return { ...call, input: { ...input, [member]: Array.isArray(input[member]) ? [text] : text } }
}

export const isDenied = (outcome: Outcome) =>
  'refusal' in outcome && outcome.message.includes('is not authorized to perform')

export const describeOutcome = (outcome: Outcome) =>
  'refusal' in outcome
    ? `${outcome.refusal}: ${outcome.message}`
    : `success ${JSON.stringify(outcome.output)}`
