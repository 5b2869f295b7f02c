/** One line of the log group AWSIotLogsV2. Source: AWS IoT Developer Guide, "CloudWatch Logs AWS IoT log entries". */

export type IotLogLevel = 'ERROR' | 'WARN' | 'INFO' | 'DEBUG'

export interface IotLogEntry {
  accountId: string
  level: IotLogLevel
  /** As AWS spells it, e.g. `Connect`, `Publish-In`, `RuleExecution`. */
  eventType: string
  status: 'Success' | 'Failure'
  /** Now, when absent. */
  at?: Date | undefined
  /** UUID; a new one when absent. */
  traceId?: string | undefined
  /** `MQTT` or `HTTP`. */
  protocol?: string | undefined
  clientId?: string | undefined
  /** The certificate's id, or the ARN of who called the API. */
  principalId?: string | undefined
  sourceIp?: string | undefined
  sourcePort?: number | undefined
  topicName?: string | undefined
  /** A code in AWS's spelling, e.g. `AUTHORIZATION_FAILURE`. */
  reason?: string | undefined
  /** A sentence for a person. Never keys, secrets, or payloads. */
  details?: string | undefined
  ruleName?: string | undefined
  /** e.g. `LambdaAction`. */
  ruleAction?: string | undefined
  /** A rule action's target by its kind, e.g. `{ RepublishTopic: 'a/b' }`. */
  resources?: Readonly<Record<string, string>> | undefined
  functionName?: string | undefined
  provisioningTemplateName?: string | undefined
  deviceCertificateId?: string | undefined
  /** Which thing it is about, for levels of thing groups; not written. The client id, when absent. */
  thingName?: string | undefined
}

/** The event's message: JSON with AWS's names in AWS's order. */
export function formatEntry(entry: IotLogEntry, at: Date, traceId: string): string {
  const { accountId, level, eventType, status, reason, details } = entry
  return JSON.stringify({
    timestamp: at.toISOString().replace('T', ' ').replace('Z', ''),
    logLevel: level,
    traceId,
    accountId,
    status,
    eventType,
    protocol: entry.protocol,
    topicName: entry.topicName,
    clientId: entry.clientId,
    principalId: entry.principalId,
    sourceIp: entry.sourceIp,
    sourcePort: entry.sourcePort,
    ruleName: entry.ruleName,
    ruleAction: entry.ruleAction,
    resources: entry.resources,
    functionName: entry.functionName,
    provisioningTemplateName: entry.provisioningTemplateName,
    deviceCertificateId: entry.deviceCertificateId,
    reason,
    details,
  })
}
