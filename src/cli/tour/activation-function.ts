/** The function of the tour's JITR journey: gives the device a policy of its own and activates its certificate. */
export const activationFunction = `
import { AttachPolicyCommand, CreatePolicyCommand, IoTClient, UpdateCertificateCommand } from '@aws-sdk/client-iot'

const iot = new IoTClient({})

export const handler = async ({ certificateId, awsAccountId }) => {
  const policyName = 'Policy_' + certificateId
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['iot:Connect', 'iot:Publish'], Resource: '*' }],
  })
  const target = \`arn:aws:iot:\${process.env.AWS_REGION}:\${awsAccountId}:cert/\${certificateId}\`
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  await iot.send(new AttachPolicyCommand({ policyName, target }))
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }))
  console.log('activated', certificateId)
}
`
