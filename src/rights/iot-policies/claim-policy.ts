import type { CompiledPolicies } from './compiled-policies.ts'

/**
 * What a claim of CreateProvisioningClaim may do, without anybody's doing: to be provisioned by its template.
 * Source: AWS IoT Developer Guide, "Provisioning by claim".
 */
export function claimPolicy(templateName: string, compiled: Pick<CompiledPolicies, 'get'>) {
  const policyName = `claim of provisioning template ${templateName}`
  return { target: policyName, policy: compiled.get(policyName, documentOf(templateName)) }
}

function documentOf(templateName: string): string {
  const topics = [
    '$aws/certificates/create/*',
    '$aws/certificates/create-from-csr/*',
    `$aws/provisioning-templates/${templateName}/provision/*`,
  ]
  const resources = (kind: string) => topics.map((topic) => `arn:aws:iot:*:*:${kind}/${topic}`)
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' },
      { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: resources('topic') },
      { Effect: 'Allow', Action: 'iot:Subscribe', Resource: resources('topicfilter') },
    ],
  })
}
