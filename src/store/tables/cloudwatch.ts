interface MetricHourRow {
  account_id: string
  /** Name and dimensions. */
  metric: string
  /** Hours since the epoch. */
  hour: number
  /** Of each start of a process another one: whoever counts writes rows of its own. */
  writer: string
  /** How many in each minute of the hour in which there were any: `<minute>:<count>`, separated by spaces. */
  counts: string
}

interface MetricRow {
  account_id: string
  metric: string
  /** The newest of those in which it was counted. */
  last_hour: number
}

export interface CloudWatchTables {
  metric_hours: MetricHourRow
  metrics: MetricRow
}
