/** What a client asked for with one filter. */
export interface SubscriptionOptions {
  /** As the client wrote it, `$share/<group>/` in front included. */
  filter: string
  qos: 0 | 1 | 2
  /** Messages this client published itself are not sent back. */
  noLocal: boolean
  retainAsPublished: boolean
  /** MQTT 5.0 3.8.2.1.2 */
  identifier?: number | undefined
}
