/** Whom a role trusts. */

/** What the console of AWS calls use cases: services that Muster acts as. */
export const useCases = [
  {
    value: 'iot.amazonaws.com',
    label: 'IoT',
    description: 'Provisions devices by templates, and acts for rules.',
    // as AWS attaches for this use case
    policies: ['AWSIoTLogging', 'AWSIoTRuleActions', 'AWSIoTThingsRegistration'].map(
      (name) => `arn:aws:iam::aws:policy/service-role/${name}`,
    ),
  },
  {
    value: 'lambda.amazonaws.com',
    label: 'Lambda',
    description: 'Runs functions.',
    policies: [],
  },
  {
    value: 'credentials.iot.amazonaws.com',
    label: 'IoT credential provider',
    description: 'Gives devices credentials by a role alias.',
    policies: [],
  },
] as const

const document = (Principal: object) =>
  JSON.stringify(
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] },
    undefined,
    2,
  )

export const trustService = (Service: string): string => document({ Service })
export const trustAccount = (accountId: string): string => document({ AWS: `arn:aws:iam::${accountId}:root` })
