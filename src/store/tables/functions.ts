interface FunctionRow {
  account_id: string
  function_name: string
  /** The number of the next published version: numbers are not used twice. */
  next_version: number
  /** Null when the function has no reservation. */
  reserved_concurrency: number | null
  created_at: number
}

interface FunctionVersionRow {
  account_id: string
  function_name: string
  /** `$LATEST` or a number. */
  version: string
  /** 0 for `$LATEST`. */
  version_number: number
  /** JSON text. */
  settings: string
  /** Names the file that holds the code. */
  code_id: string
  /** Base64. */
  code_sha256: string
  /** Bytes of the archive. */
  code_size: number
  revision_id: string
  modified_at: number
}

interface FunctionAliasRow {
  account_id: string
  function_name: string
  alias_name: string
  function_version: string
  description: string
  /** JSON text: versions to the share of invocations that each gets. */
  routing: string | null
  revision_id: string
}

interface FunctionPermissionRow {
  account_id: string
  function_name: string
  /** A version, an alias, or empty for the function itself. */
  qualifier: string
  statement_id: string
  /** JSON text of the statement. */
  statement: string
  created_at: number
}

interface FunctionTagRow {
  account_id: string
  function_name: string
  tag_key: string
  tag_value: string
}

interface FunctionEventConfigRow {
  account_id: string
  function_name: string
  /** A version, an alias, or `$LATEST`. */
  qualifier: string
  max_retries: number | null
  max_age_seconds: number | null
  modified_at: number
}

/** Events that were taken for a function and not yet worked off. */
interface FunctionEventRow {
  account_id: string
  /** The request id of the invocation. */
  event_id: string
  function_name: string
  /** As the caller gave it; empty for none. */
  qualifier: string
  payload: string
  /** JSON text: who sent the event. */
  source: string
  /** How many times the function was run with it. */
  attempts: number
  due_at: number
  created_at: number
  /** The node that runs it; empty where one server has the database. */
  node_name: string
}

interface FunctionPackageRow {
  account_id: string
  code_id: string
  /** The deployment package: nodes have no directory in common. */
  archive: Uint8Array
}

export interface FunctionsTables {
  functions: FunctionRow
  function_versions: FunctionVersionRow
  function_aliases: FunctionAliasRow
  function_permissions: FunctionPermissionRow
  function_tags: FunctionTagRow
  function_event_configs: FunctionEventConfigRow
  function_events: FunctionEventRow
  function_packages: FunctionPackageRow
}
