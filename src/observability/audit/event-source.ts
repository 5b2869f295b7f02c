/** What CloudTrail calls the services. assumed: `iotdata` and `iotjobsdata`, by their endpoints. */
const sources: Readonly<Record<string, string>> = {
  iot: 'iot.amazonaws.com',
  'iot-data': 'iotdata.amazonaws.com',
  'iot-jobs-data': 'iotjobsdata.amazonaws.com',
  iam: 'iam.amazonaws.com',
  sts: 'sts.amazonaws.com',
  lambda: 'lambda.amazonaws.com',
  logs: 'logs.amazonaws.com',
  cloudtrail: 'cloudtrail.amazonaws.com',
  cloudwatch: 'monitoring.amazonaws.com',
  organizations: 'organizations.amazonaws.com',
}

/** `muster` for Muster's own API. */
export const eventSourceOf = (service: string): string =>
  sources[service] ?? (service === '' ? 'unknown' : service)
