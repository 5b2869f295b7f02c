/**
 * Topics that begin with `$`: which of them clients may use. Everything else under `$` is refused.
 * Source: AWS IoT Developer Guide, "Reserved topics".
 */
import { matchesTopicFilter } from '../../lib/topic-filter.ts'

/** What clients may publish to, as filters. `$aws/events/#` is not among them, so no event can be forged. */
const publishable = [
  '$aws/rules/#', // Basic Ingest
  '$aws/things/+/shadow/get',
  '$aws/things/+/shadow/update',
  '$aws/things/+/shadow/delete',
  '$aws/things/+/shadow/name/+/get',
  '$aws/things/+/shadow/name/+/update',
  '$aws/things/+/shadow/name/+/delete',
  '$aws/things/+/jobs/get',
  '$aws/things/+/jobs/start-next',
  '$aws/things/+/jobs/+/get',
  '$aws/things/+/jobs/+/update',
  '$aws/things/+/streams/+/get/+',
  '$aws/things/+/streams/+/describe/+',
  '$aws/things/+/defender/metrics/+',
  '$aws/certificates/create/+',
  '$aws/certificates/create-from-csr/+',
  '$aws/provisioning-templates/+/provision/+',
  '$aws/commands/+/+/executions/+/response/+',
  '$aws/device_location/+/get_position_estimate',
]

/** Beginnings of what clients may subscribe to. assumed: AWS asks for the family to be spelt out, not more. */
const subscribable = [
  '$aws/events/',
  '$aws/things/',
  '$aws/certificates/',
  '$aws/provisioning-templates/',
  '$aws/commands/',
  '$aws/device_location/',
]

export const isReserved = (topic: string): boolean => topic.startsWith('$')

/** The server's own, whatever the profile; `$share/` is how shared subscriptions are written. */
export const isServers = (topic: string): boolean => topic.startsWith('$aws/') || topic.startsWith('$share/')

export function mayPublishReserved(topic: string): boolean {
  return !isReserved(topic) || publishable.some((filter) => matchesTopicFilter(filter, topic))
}

export function maySubscribeReserved(filter: string): boolean {
  return !isReserved(filter) || subscribable.some((beginning) => filter.startsWith(beginning))
}

/** assumed: AWS's own topics are as deep as AWS made them; those that answer commands are deeper than others may be. */
export const uncountedSlashes = (topic: string): number => (topic.startsWith('$aws/commands/') ? 1 : 0)

/** `$aws/rules/<rule>/` is not counted against length and levels of a topic. */
export function withoutBasicIngest(topic: string): string {
  if (!topic.startsWith('$aws/rules/')) return topic
  return topic.slice(topic.indexOf('/', '$aws/rules/'.length) + 1)
}
