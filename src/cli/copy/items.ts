/** What a plan is made of. */
import type { End } from './ends.ts'

/** In the order in which they are copied: what others need comes first, and the doors (CAs) open late. */
export const kindNames = [
  'thing-types',
  'billing-groups',
  'thing-groups',
  'policies',
  'role-aliases',
  'templates',
  'rules',
  'certificate-providers',
  'authorizers',
  'cas',
  'certificates',
  'things',
  'memberships',
  'attachments',
  'deprecations',
  'default-authorizer',
  'events',
] as const

export type KindName = (typeof kindNames)[number]

/** What is done about a kind when the others are there: it comes with that kind, and is not asked for by itself. */
export const comesWith: Partial<Record<KindName, KindName>> = {
  deprecations: 'thing-types',
  'default-authorizer': 'authorizers',
}

/** Something to be done. */
export interface Step {
  kind: KindName
  name: string
  state: 'make' | 'change'
  /** For a person: what there is more to say than that it is made. */
  why?: string
  /** Those of a lower one are carried out before those of a higher one. */
  rank?: number
  /** @throws {CallError} */
  carryOut: () => Promise<void>
}

/** Nothing is done: it is there as it should be, or somebody must decide. */
export interface Finding {
  kind: KindName
  /** `*` for all of the kind. */
  name: string
  state: 'same' | 'in-the-way' | 'needs-you' | 'left-out' | 'unread'
  why?: string
}

export type Item = Step | Finding

export const isStep = (item: Item): item is Step => item.state === 'make' || item.state === 'change'

export interface Copy {
  from: End
  to: End
  /** Text of the source as the destination's account says it. */
  rename: (text: string) => string
  /** The PEM of the certificate that proves possession of a CA's key to the destination. */
  findProof: (caCertificateId: string) => string | undefined
  /** Whether something is not, and will not be, at the destination as it is at the source. */
  isAmiss: (kind: KindName, name: string) => boolean
}

export type PlanKind = (copy: Copy) => AsyncIterable<Item>
