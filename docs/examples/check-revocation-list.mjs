// Just-in-time registration with a revocation list: a device on the list is revoked, the others are activated. The
// list is a JSON file `revoked.json` in the deployment package, `["<serial number in hex>", ...]`; fetch your CA's
// own CRL in its place.
import {
  AttachPolicyCommand,
  DescribeCertificateCommand,
  IoTClient,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

const iot = new IoTClient({})
const revoked = new Set(JSON.parse(await readFile(new URL('revoked.json', import.meta.url), 'utf8')))

export const handler = async ({ certificateId }) => {
  const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }))
  const { serialNumber } = new X509Certificate(certificateDescription.certificatePem)
  if (revoked.has(serialNumber)) {
    console.warn('on the revocation list', serialNumber)
    await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }))
    return { certificateId, status: 'REVOKED' }
  }
  const target = certificateDescription.certificateArn
  await iot.send(new AttachPolicyCommand({ policyName: process.env.POLICY_NAME, target }))
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }))
  return { certificateId, status: 'ACTIVE' }
}
