import type { Generated } from 'kysely'

interface NodeRow {
  node_name: string
  /** Never the same for two memberships: grows when the node joins, and when others find it dead. */
  epoch: number
  /** Of Muster. */
  version: string
  /** Where its API is reached, for people. */
  address: string
  /** By the clock of the database; 0 when it left or was found dead. */
  lease_until: number
  /** Changes up to this one are in force at the node. */
  taken_seq: number
  /** MQTT connections, as of the last renewal. */
  connections: number
  joined_at: number
  /** The forms of words between nodes that it understands: from the oldest to the newest. */
  wire_from: Generated<number>
  wire_to: Generated<number>
}

interface ChangeRow {
  seq: Generated<number>
  account_id: string
  kind: string
  id: string
  /** Where it was made. */
  node_name: string
  changed_at: number
}

interface ClusterFileRow {
  /** Its path below the data directory. */
  name: string
  sealed: string
}

export interface ClusterTables {
  nodes: NodeRow
  changes: ChangeRow
  cluster_files: ClusterFileRow
}
