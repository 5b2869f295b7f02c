/** Reads both ends and says what would be made, what is there, and what is in the way. */
import { planAttachments } from './attachments.ts'
import { planAuthorizers, planDefaultAuthorizer } from './authorizers.ts'
import { planBillingGroups } from './billing-groups.ts'
import { planCas } from './ca-certificates.ts'
import { planCertificateProviders } from './certificate-providers.ts'
import { planCertificates } from './certificates.ts'
import { planEvents } from './events.ts'
import { isStep, kindNames, type Copy, type Item, type KindName, type PlanKind } from './items.ts'
import { planMemberships } from './memberships.ts'
import { unread } from './named.ts'
import { planPolicies } from './policies.ts'
import { planTemplates } from './provisioning-templates.ts'
import { planRoleAliases } from './role-aliases.ts'
import { planThingGroups } from './thing-groups.ts'
import { planDeprecations, planThingTypes } from './thing-types.ts'
import { planThings } from './things.ts'
import { planTopicRules } from './topic-rules.ts'

const planners: Readonly<Record<KindName, PlanKind>> = {
  'thing-types': planThingTypes,
  'billing-groups': planBillingGroups,
  'thing-groups': planThingGroups,
  policies: planPolicies,
  'role-aliases': planRoleAliases,
  templates: planTemplates,
  rules: planTopicRules,
  'certificate-providers': planCertificateProviders,
  authorizers: planAuthorizers,
  cas: planCas,
  certificates: planCertificates,
  things: planThings,
  memberships: planMemberships,
  attachments: planAttachments,
  deprecations: planDeprecations,
  'default-authorizer': planDefaultAuthorizer,
  events: planEvents,
}

export interface PlanRequest extends Omit<Copy, 'isAmiss'> {
  kinds: ReadonlySet<KindName>
  /** Told as each kind has been read. */
  read: (kind: KindName, items: readonly Item[]) => void
}

/** The kinds one after the other, in the order in which they are carried out. */
export async function makePlan({ kinds, read, ...ends }: PlanRequest): Promise<Item[]> {
  const amiss = new Set<string>()
  const isAmiss = (kind: KindName, name: string) => amiss.has(`${kind} *`) || amiss.has(`${kind} ${name}`)
  const plan: Item[][] = []
  for (const kind of kindNames.filter((name) => kinds.has(name))) {
    const items = await planKind(kind, { ...ends, isAmiss })
    for (const item of items) if (isOther(item)) amiss.add(`${item.kind} ${item.name}`)
    plan.push(items)
    read(kind, items)
  }
  return plan.flat()
}

/** A certificate with another status is the same certificate. */
const isOther = ({ kind, state }: Item) =>
  state === 'left-out' || state === 'unread' || (state === 'in-the-way' && kind !== 'certificates')

async function planKind(kind: KindName, copy: Copy): Promise<Item[]> {
  const items: Item[] = []
  try {
    for await (const item of planners[kind](copy)) items.push(item)
    return items.toSorted((left, right) => rankOf(left) - rankOf(right))
  } catch (error) {
    return [...items, unread({ kind, name: '*' }, error)]
  }
}

const rankOf = (item: Item) => (isStep(item) ? (item.rank ?? 0) : 0)
