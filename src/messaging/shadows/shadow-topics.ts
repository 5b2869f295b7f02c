/** Source: AWS IoT Developer Guide, "Device Shadow MQTT topics". */

/** One shadow of an account. */
export interface ShadowId {
  accountId: string
  thingName: string
  /** Absent: the classic shadow. */
  shadowName?: string | undefined
}

export type ShadowMethod = 'get' | 'update' | 'delete'

const methods: readonly ShadowMethod[] = ['get', 'update', 'delete']

/** Where requests come in, as topic filters. */
export const requestFilters = methods.flatMap((method) => [
  `$aws/things/+/shadow/${method}`,
  `$aws/things/+/shadow/name/+/${method}`,
])

/** What a request's topic names. It matches one of `requestFilters`; its names may be unfit. */
export function parseRequestTopic(topic: string): {
  thingName: string
  shadowName?: string
  method: ShadowMethod
} {
  const levels = topic.split('/')
  const [, , thingName = '', , , shadowName] = levels
  const method = methods.find((one) => one === levels.at(-1)) ?? 'get'
  return { thingName, ...(levels.length > 5 && shadowName !== undefined && { shadowName }), method }
}

/** `news`: what stands behind the shadow's own part, e.g. `update/delta`. */
export function topicOf({ thingName, shadowName }: ShadowId, news: string): string {
  const name = shadowName === undefined ? '' : `/name/${shadowName}`
  return `$aws/things/${thingName}/shadow${name}/${news}`
}

/** `ThingName` and `ShadowName` in the AWS IoT API Reference. */
export const isThingName = (name: string): boolean => /^[a-zA-Z0-9:_-]{1,128}$/.test(name)
export const isShadowName = (name: string): boolean => /^[$a-zA-Z0-9:_-]{1,64}$/.test(name)

/** As error texts call the shadow. */
export function describeShadow({ thingName, shadowName }: ShadowId): string {
  return shadowName === undefined ? thingName : `${thingName}~${shadowName}`
}
