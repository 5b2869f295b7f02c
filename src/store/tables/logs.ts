interface LogGroupRow {
  account_id: string
  log_group_id: number
  /** Null once the group is deleted: what it held is removed bit by bit. */
  log_group_name: string | null
  /** As the API has it, e.g. `STANDARD`. */
  log_group_class: string
  creation_time: number
  /** Null: events do not expire. */
  retention_in_days: number | null
  is_deletion_protected: number
  /** A JSON object of strings, names sorted. */
  tags: string
  event_count: number
  stored_bytes: number
}

interface LogStreamRow {
  account_id: string
  log_stream_id: number
  log_group_id: number
  /** Null once the stream is deleted, like a group's. */
  log_stream_name: string | null
  creation_time: number
  /** 0 while the stream is empty; so are the next three. */
  first_event_timestamp: number
  last_event_timestamp: number
  last_ingestion_time: number
  last_event_id: number
}

interface LogEventRow {
  account_id: string
  log_group_id: number
  timestamp: number
  /** Grows with each event that comes in; groups, streams, and events draw from one row of numbers. */
  event_id: number
  log_stream_id: number
  ingestion_time: number
  /** Of the message in UTF-8, and 26 more. */
  bytes: number
  message: string
}

interface IotLoggingOptionsRow {
  account_id: string
  role_arn: string
  default_log_level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'DISABLED'
  is_disabled: number
  /** A JSON array: LogEventConfigurations as the API has them. */
  event_configurations: string
}

interface IotLoggingLevelRow {
  account_id: string
  target_type: 'THING_GROUP' | 'CLIENT_ID' | 'SOURCE_IP' | 'PRINCIPAL_ID'
  target_name: string
  log_level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'DISABLED'
}

export interface LogsTables {
  log_groups: LogGroupRow
  log_streams: LogStreamRow
  log_events: LogEventRow
  iot_logging_options: IotLoggingOptionsRow
  iot_logging_levels: IotLoggingLevelRow
}
