/** What a device with a claim is refused, what it learns of it, and what the journal does. */
import { DetachRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateProvisioningTemplateVersionCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  UpdateCertificateCommand,
  UpdateProvisioningTemplateCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ask,
  createClaim,
  createFleetTemplate,
  createTopic,
  csrTopic,
  fleetTemplate,
  provisionTopic,
  templateName,
} from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole } from '../helpers/jitp.ts'
import { openClaimScene, type ClaimScene } from './claim-scene.ts'

let scene: ClaimScene
beforeEach(async () => void (scene = await openClaimScene()))
afterEach(() => scene[Symbol.asyncDispose]())

describe('a request is refused', () => {
  it.each<[string, string, object | Buffer, object, string]>([
    [
      'without a token',
      provisionTopic,
      { parameters: {} },
      {
        statusCode: 400,
        errorCode: 'InvalidCertificateOwnershipToken',
        errorMessage: 'Certificate ownership token cannot be empty.',
      },
      'claim-token-refused',
    ],
    [
      'with a token that nobody was given',
      provisionTopic,
      { certificateOwnershipToken: 'guessed' },
      { statusCode: 400, errorCode: 'InvalidCertificateOwnershipToken' },
      'claim-token-refused',
    ],
    [
      'with a token that is no text',
      provisionTopic,
      { certificateOwnershipToken: 7 },
      { statusCode: 400, errorCode: 'InvalidCertificateOwnershipToken' },
      'claim-token-refused',
    ],
    [
      'that is no JSON',
      provisionTopic,
      Buffer.from('{'),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'that is no object',
      provisionTopic,
      Buffer.from('[]'),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'that is no UTF-8',
      provisionTopic,
      Buffer.from([0x22, 0xff, 0x22]),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'whose members come twice',
      provisionTopic,
      Buffer.from('{"certificateOwnershipToken":"a","certificateOwnershipToken":"b"}'),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'that is too large',
      provisionTopic,
      { certificateOwnershipToken: 'x'.repeat(70_000) },
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'with a parameter that is no text',
      provisionTopic,
      { certificateOwnershipToken: 'x', parameters: { SerialNumber: 7 } },
      { errorCode: 'InvalidParameters', errorMessage: 'parameters: "SerialNumber" must be a text' },
      'claim-request-refused',
    ],
    [
      'with parameters that are a list',
      provisionTopic,
      { certificateOwnershipToken: 'x', parameters: ['7'] },
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'without a CSR',
      csrTopic,
      {},
      { errorCode: 'InvalidCertificateSigningRequest' },
      'claim-request-refused',
    ],
    [
      'with a CSR that is none',
      csrTopic,
      { certificateSigningRequest: 'hello' },
      { statusCode: 400, errorCode: 'InvalidCertificateSigningRequest' },
      'claim-request-refused',
    ],
  ])('%s', async (_, topic, document, answer, code) => {
    expect(await ask(scene.client, topic, document)).toMatchObject({ outcome: 'rejected', answer })
    expect(await scene.lastRefusal()).toMatchObject({
      code,
      certificateId: scene.claim.certificateId,
      clientId: 'new',
    })
    expect(await scene.things()).toEqual([])
  })

  it('in CBOR that is none, in CBOR', async () => {
    const asked = await ask(scene.client, provisionTopic, Buffer.from([0xa1, 0x61]), 'cbor')
    expect(asked).toMatchObject({
      outcome: 'rejected',
      answer: { statusCode: 400, errorCode: 'InvalidParameters' },
    })
  })

  it('when the token was used before, and the thing stays as it was', async () => {
    const token = await scene.getToken()
    expect(await scene.provision(token)).toMatchObject({ outcome: 'accepted' })
    const again = await scene.provision(token, { parameters: { SerialNumber: '8' } })
    expect(again).toMatchObject({
      outcome: 'rejected',
      answer: { errorCode: 'InvalidCertificateOwnershipToken' },
    })
    expect(await scene.lastRefusal()).toMatchObject({ details: { error: 'it was used before' } })
    expect(await scene.things()).toEqual(['lamp-7'])
  })

  it('all but once, when one token is used many times at once', async () => {
    const token = await scene.getToken()
    expect(await scene.provisionAtOnce(Array.from({ length: 8 }, () => token))).toBe(1)
    expect(await scene.things()).toHaveLength(1)
  })

  it('when an operator deleted or decided about the certificate meanwhile', async () => {
    const first = await ask(scene.client, createTopic)
    const second = await ask(scene.client, createTopic)
    const { certificateId } = first.answer
    await scene.server.iot.send(new DeleteCertificateCommand({ certificateId }))
    await scene.server.iot.send(
      new UpdateCertificateCommand({ certificateId: second.answer.certificateId, newStatus: 'INACTIVE' }),
    )
    for (const { answer } of [first, second])
      expect(await scene.provision(answer.certificateOwnershipToken)).toMatchObject({ outcome: 'rejected' })
    expect(await scene.things()).toEqual([])
  })

  it('when its template is not there, of the other type, or not enabled', async () => {
    const statements = [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }]
    await scene.client.endAsync()
    scene.client = await connectDevice(scene.server, {
      ...(await createClaim(scene.server, statements)),
      clientId: 'new',
    })
    const token = await scene.getToken()
    const to = (name: string) => scene.provision(token, {}, `$aws/provisioning-templates/${name}/provision`)
    expect(await to('absent')).toMatchObject({ answer: { statusCode: 404, errorCode: 'ResourceNotFound' } })
    expect(await scene.lastRefusal()).toMatchObject({
      code: 'claim-template-refused',
      details: { template: 'absent' },
    })
    expect(await to('no such name')).toMatchObject({ answer: { statusCode: 404 } })
    await scene.server.iot.send(new UpdateProvisioningTemplateCommand({ templateName, enabled: false }))
    expect(await to(templateName)).toMatchObject({ outcome: 'rejected', answer: { statusCode: 400 } })
    const templateBody = fleetTemplate().replace('"Status":"Active"', '"Status":"ACTIVE"')
    const jitp = JSON.parse(templateBody) as { Parameters: object; Resources: { thing: object } }
    jitp.Parameters = {
      'AWS::IoT::Certificate::CommonName': { Type: 'String' },
      'AWS::IoT::Certificate::Id': { Type: 'String' },
    }
    jitp.Resources.thing = {
      Type: 'AWS::IoT::Thing',
      Properties: { ThingName: { Ref: 'AWS::IoT::Certificate::CommonName' } },
    }
    await createFleetTemplate(scene.server, {
      templateName: 'other',
      type: 'JITP',
      templateBody: JSON.stringify(jitp),
      provisioningRoleArn: `arn:aws:iam::${scene.server.endpoints.accountId}:role/Provisioning`,
    })
    expect(await to('other')).toMatchObject({ outcome: 'rejected', answer: { statusCode: 400 } })
    await scene.server.iot.send(new UpdateProvisioningTemplateCommand({ templateName, enabled: true }))
    expect(await to(templateName)).toMatchObject({ outcome: 'accepted' }) // none of it has used the token up
  })
})

describe('a template that fails', () => {
  it('names the parameter that is missing, makes nothing, and may be tried again with the same token', async () => {
    const { certificateId, certificateOwnershipToken } = (await ask(scene.client, createTopic)).answer
    const failed = await scene.provision(certificateOwnershipToken, { parameters: {} })
    expect(failed).toMatchObject({
      outcome: 'rejected',
      answer: { statusCode: 400, errorCode: 'InvalidParameters' },
    })
    expect(failed.answer.errorMessage).toContain('Parameters.SerialNumber')
    const entry = await scene.lastRefusal(certificateId)
    expect(entry).toMatchObject({
      code: 'provisioning-failed',
      details: { claim: scene.claim.certificateId },
    })
    expect(await scene.provision(certificateOwnershipToken)).toMatchObject({ outcome: 'accepted' })
    const { certificateDescription } = await scene.server.iot.send(
      new DescribeCertificateCommand({ certificateId }),
    )
    expect(certificateDescription?.status).toBe('ACTIVE')
  })

  it('tells the device nothing of the role, and the journal all', async () => {
    const { certificateId, certificateOwnershipToken } = (await ask(scene.client, createTopic)).answer
    const roleArn = await createProvisioningRole(scene.server, 'Powerless')
    const { iam } = scene.server
    await iam.send(
      new DetachRolePolicyCommand({
        RoleName: 'Powerless',
        PolicyArn: 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration',
      }),
    )
    await scene.server.iot.send(
      new UpdateProvisioningTemplateCommand({ templateName, provisioningRoleArn: roleArn }),
    )
    const { answer } = await scene.provision(certificateOwnershipToken)
    expect(answer).toEqual({ statusCode: 403, errorCode: 'AccessDenied', errorMessage: 'Access denied' })
    expect(await scene.lastRefusal(certificateId)).toMatchObject({
      code: 'provisioning-failed',
      details: { role: roleArn, step: 'iot:CreateThing', error: 'AccessDeniedException' },
    })
    expect(await scene.things()).toEqual([])
  })

  it('undoes the thing when a later step fails', async () => {
    const templateBody = fleetTemplate({ policy: { PolicyName: 'absent' } })
    await scene.server.iot.send(
      new CreateProvisioningTemplateVersionCommand({ templateName, templateBody, setAsDefault: true }),
    )
    const { answer } = await scene.provision(await scene.getToken())
    expect(answer).toEqual({
      statusCode: 400,
      errorCode: 'ResourceNotFound',
      errorMessage: 'The provisioning template could not be carried out',
    })
    expect(await scene.things()).toEqual([])
  })
})
