import { createSecureContext } from 'node:tls'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import type { ServerProcess } from '../helpers/server.ts'
import type { LightTarget } from './light-client.ts'

/** A certificate with all rights; its clients differ in their ids. */
export async function createIdentity({ iot, rootCa }: ServerProcess) {
  const { certificateArn, certificatePem, keyPair } = await iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  )
  const statement = { Effect: 'Allow', Action: 'iot:*', Resource: '*' }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await iot.send(new CreatePolicyCommand({ policyName: 'all', policyDocument }))
  await iot.send(new AttachPolicyCommand({ policyName: 'all', target: certificateArn }))
  return createSecureContext({ ca: rootCa, cert: certificatePem, key: keyPair!.PrivateKey })
}

export const targetOf = (
  server: ServerProcess,
  secureContext: LightTarget['secureContext'],
): LightTarget => ({
  port: server.endpoints.mqttPort,
  secureContext,
})
