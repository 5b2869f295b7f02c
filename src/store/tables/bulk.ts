interface RegistrationTaskRow {
  account_id: string
  /** UUID of version 7: in the order of time. */
  task_id: string
  template_body: string
  input_bucket: string
  input_key: string
  role_arn: string
  status: 'InProgress' | 'Completed' | 'Failed' | 'Cancelled' | 'Cancelling'
  message: string | null
  input_bytes: number | null
  input_sha256: string | null
  /** Bytes; everything before is done. */
  next_offset: number
  /** From 1. */
  next_line: number
  success_count: number
  failure_count: number
  created_at: number
  modified_at: number
  ended_at: number | null
  active_node: string | null
}

interface RegistrationTaskReportRow {
  account_id: string
  task_id: string
  report_type: 'ERRORS' | 'RESULTS'
  /** Number of the first line of the batch that it tells of. */
  first_line: number
  /** JSON texts, each with a newline. */
  lines: string
}

export interface BulkTables {
  registration_tasks: RegistrationTaskRow
  registration_task_reports: RegistrationTaskReportRow
}
