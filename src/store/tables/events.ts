import type { Generated } from 'kysely'

interface EventConfigurationsRow {
  account_id: string
  /** JSON list of AWS event types. */
  enabled: string
  created_at: number
  modified_at: number
}

interface RegistryEventRow {
  /** In the order of the transactions. */
  seq: Generated<number>
  account_id: string
  topic: string
  /** JSON text, as it is published. */
  payload: string
  /** The node that publishes it; empty where one server has the database. */
  node_name: string
}

export interface EventsTables {
  event_configurations: EventConfigurationsRow
  registry_events: RegistryEventRow
}
