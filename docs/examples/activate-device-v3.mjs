// Just-in-time registration, AWS SDK v3, ES module. Makes a thing named as the certificate's CN, attaches it and a
// policy that exists already, and activates the certificate.
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateThingCommand,
  DescribeCertificateCommand,
  IoTClient,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { X509Certificate } from 'node:crypto'

const iot = new IoTClient({ region: 'us-east-1' })

export const handler = async ({ certificateId }) => {
  const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }))
  const { certificateArn, certificatePem } = certificateDescription
  const thingName = new X509Certificate(certificatePem).toLegacyObject().subject.CN ?? certificateId
  await iot.send(new CreateThingCommand({ thingName }))
  await iot.send(new AttachThingPrincipalCommand({ thingName, principal: certificateArn }))
  await iot.send(new AttachPolicyCommand({ policyName: process.env.POLICY_NAME, target: certificateArn }))
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }))
  return { thingName }
}
