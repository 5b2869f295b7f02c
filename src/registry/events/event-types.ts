/** Kinds of events, each with a switch. Source: AWS IoT API Reference, "UpdateEventConfigurations". */
import type { EventType } from '@aws-sdk/client-iot'

/** Those that the registry publishes when they are switched on: AWS IoT Developer Guide, "Registry events". */
const publishedTypes = [
  'THING',
  'THING_GROUP',
  'THING_TYPE',
  'THING_GROUP_MEMBERSHIP',
  'THING_GROUP_HIERARCHY',
  'THING_TYPE_ASSOCIATION',
] as const satisfies EventType[]

/**
 * Kept and shown, but they switch nothing: no event of jobs or policies is documented here, and what AWS lists under the
 * other two (lifecycle events, announcements of registrations) is always published.
 */
const keptTypes = ['JOB', 'JOB_EXECUTION', 'POLICY', 'CERTIFICATE', 'CA_CERTIFICATE'] as const

/** An event that a setting switches. */
export type RegistryEventType = (typeof publishedTypes)[number]

export const eventTypes: readonly EventType[] = [...publishedTypes, ...keptTypes]

export const isEventType = (name: string): name is EventType =>
  (eventTypes as readonly string[]).includes(name)
