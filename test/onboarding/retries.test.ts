/** Another try for devices that wait, and who may ask for it, for dry runs, and for inspections. */
import {
  CreatePolicyCommand,
  DescribeCertificateCommand,
  RegisterCertificateCommand,
  UpdateCACertificateCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUser } from '../console/users.ts'
import { makeCa } from '../helpers/certificates.ts'
import { connectDevice, listen } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { askOwn, postOwn } from '../helpers/own-routes.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let roleArn: string
beforeAll(async () => {
  server = await startTestServer()
  roleArn = await createProvisioningRole(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const arn = (resource: string) => `arn:aws:iot:us-east-1:${server.endpoints.accountId}:${resource}`
const noId = 'f'.repeat(64)

interface Retried {
  certificateId: string
  code: string
  status: string
  pendingReason?: string
}

describe('another try', () => {
  const retry = (certificateId: string) => askOwn<Retried>(server, 'retry', { certificateId })
  const statusOf = async (certificateId: string) =>
    (await server.iot.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status

  async function makeWaiting(config: object = {}, subject = 'CN=waiting') {
    const ca = await registerCa(server, config, { subject: `CN=CA of ${subject}` })
    const device = ca.issue({ subject })
    await expect(connectDevice(server, device)).rejects.toThrow('closed')
    return { ca, device, certificateId: device.certificateId }
  }

  it('publishes the registration event again, and stands in the journal', async () => {
    const { ca, certificateId } = await makeWaiting()
    await using listener = await listen(server, `$aws/events/certificates/registered/${ca.caCertificateId}`)
    expect(await retry(certificateId)).toEqual({
      certificateId,
      code: 'registration-announced',
      status: 'PENDING_ACTIVATION',
    })
    const [message] = await listener.atLeast(1)
    expect(JSON.parse(message!.payload.toString())).toMatchObject({
      certificateId,
      certificateRegistrationTimestamp: expect.stringMatching(/^\d+$/),
    })
    const { entries } = await server.report(certificateId)
    const { details } = entries.find(({ code }) => code === 'retried')!
    expect(details).toEqual({ protocol: 'api', by: `arn:aws:iam::${server.endpoints.accountId}:root` })
  })

  it('runs the template again, once what it needs is there', async () => {
    const policy = { PolicyName: 'later' }
    const templateBody = provisioningTemplate({ policy })
    const registrationConfig = { templateBody, roleArn }
    const { device, certificateId } = await makeWaiting({ registrationConfig }, 'C=NL, CN=mended')
    expect(await retry(certificateId)).toMatchObject({
      code: 'provisioning-failed',
      status: 'PENDING_ACTIVATION',
      pendingReason: expect.stringContaining('later'),
    })
    const policyDocument =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}}'
    await server.iot.send(new CreatePolicyCommand({ policyName: 'later', policyDocument }))
    expect(await retry(certificateId)).toEqual({ certificateId, code: 'provisioned', status: 'ACTIVE' })
    await (await connectDevice(server, device)).endAsync()
  })

  it('is decided by what the CA says now', async () => {
    const { ca, certificateId } = await makeWaiting({}, 'CN=closed-off')
    const change = { certificateId: ca.caCertificateId, newStatus: 'INACTIVE' as const }
    await server.iot.send(new UpdateCACertificateCommand(change))
    expect(await retry(certificateId)).toMatchObject({ code: 'ca-inactive', status: 'PENDING_ACTIVATION' })
  })

  it('is given to all of a CA that wait, by when they were registered, a page at a time', async () => {
    const { ca, certificateId: first } = await makeWaiting({}, 'CN=first')
    const certificates = Array.from({ length: 100 }, (_, n) => ca.issue({ subject: `CN=${n}`, key: ca.key }))
    for (const { certificatePem } of certificates)
      await server.iot.send(
        new RegisterCertificateCommand({
          certificatePem,
          caCertificatePem: ca.certificatePem,
          status: 'ACTIVE',
        }),
      )
    const between = new Date()
    const last = ca.issue({ subject: 'CN=last' })
    await expect(connectDevice(server, last)).rejects.toThrow('closed')

    const { caCertificateId } = ca
    interface Page {
      retried: Retried[]
      nextToken?: string
    }
    const page = await askOwn<Page>(server, 'retry', { caCertificateId })
    expect(page.retried).toEqual([
      { certificateId: first, code: 'registration-announced', status: 'PENDING_ACTIVATION' },
    ])
    const rest = await askOwn<Page>(server, 'retry', { caCertificateId, nextToken: page.nextToken })
    expect(rest.retried.map(({ certificateId }) => certificateId)).toEqual([last.certificateId])
    expect(rest.nextToken).toBeUndefined()
    const since = await askOwn<Page>(server, 'retry', { caCertificateId, from: between.toISOString() })
    expect(since.retried.map(({ certificateId }) => certificateId)).toEqual([last.certificateId])
    const until = await askOwn<Page>(server, 'retry', { caCertificateId, to: '2020-01-01T00:00:00Z' })
    expect(until.retried).toEqual([])
    expect((await postOwn(server, 'retry', { caCertificateId, nextToken: '%' })).status).toBe(400)
  })

  it.each<[string, object, number, string]>([
    ['nothing', {}, 400, 'either certificateId or caCertificateId'],
    ['both', { certificateId: noId, caCertificateId: noId }, 400, 'either certificateId or caCertificateId'],
    ['an id that is none', { certificateId: '../x' }, 400, '64 lower-case hexadecimal digits'],
    ['a certificate that is not there', { certificateId: noId }, 404, noId],
    ['a CA that is not there', { caCertificateId: noId }, 404, noId],
    [
      'a time for one certificate',
      { certificateId: noId, from: '2026-01-01' },
      400,
      'go with caCertificateId',
    ],
    ['a time that is none', { caCertificateId: noId, from: 'yesterday' }, 400, 'from must be a time'],
  ])('is refused with %s', async (_, body, status, text) => {
    const answer = await postOwn(server, 'retry', body)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.body)).toContain(text)
  })

  it('is refused for a certificate that does not wait', async () => {
    const { certificateId } = await makeWaiting({}, 'CN=decided')
    await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }))
    const answer = await postOwn(server, 'retry', { certificateId })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('is ACTIVE')
    expect(await statusOf(certificateId)).toBe('ACTIVE')
  })
})

describe('whoever asks needs', () => {
  const subject = 'C=NL,CN=asked'
  const refused = async (key: Parameters<typeof postOwn>[3], route: string, body: object) => {
    const answer = await postOwn(server, route, body, key)
    expect(answer.status).toBe(403)
    return JSON.stringify(answer.body)
  }

  it('muster:DryRun on the CA or template by name, and to pass the role', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=Guarded' })
    const { caCertificateId } = ca
    const templateBody = provisioningTemplate()
    const nobody = await createUser(server, ['iot:*', 'muster:InspectCertificate'])
    expect(await refused(nobody, 'dry-run', { templateBody, subject })).toContain('muster:DryRun')
    const onOther = await createUser(server, ['muster:DryRun'], arn(`cacert/${noId}`))
    expect(await refused(onOther, 'dry-run', { caCertificateId, subject })).toContain(caCertificateId)
    const onCa = await createUser(server, ['muster:DryRun'], arn(`cacert/${caCertificateId}`))
    expect((await postOwn(server, 'dry-run', { caCertificateId, subject }, onCa)).status).toBe(200)
    const named = { caCertificateId, templateName: 'x', subject }
    expect(await refused(onCa, 'dry-run', named)).toContain('provisioningtemplate/x')
    const withRole = { caCertificateId, templateBody, provisioningRoleArn: roleArn, subject }
    expect(await refused(onCa, 'dry-run', withRole)).toContain('iam:PassRole')
  })

  it('muster:InspectCertificate', async () => {
    const nobody = await createUser(server, ['iot:*', 'muster:DryRun'])
    const body = { pem: makeCa().certificatePem }
    expect(await refused(nobody, 'inspect', body)).toContain('muster:InspectCertificate')
  })

  it('muster:RetryRegistration on the certificate, or on the CA', async () => {
    const nobody = await createUser(server, ['iot:*', 'muster:DryRun'])
    expect(await refused(nobody, 'retry', { certificateId: noId })).toContain('muster:RetryRegistration')
    const onCertificates = await createUser(server, ['muster:RetryRegistration'], arn('cert/*'))
    expect(await refused(onCertificates, 'retry', { caCertificateId: noId })).toContain(`cacert/${noId}`)
    expect((await postOwn(server, 'retry', { certificateId: noId }, onCertificates)).status).toBe(404)
  })

  it('muster:ApproveDevice on the certificate, or on the CA, whatever else', async () => {
    const nobody = await createUser(server, ['iot:*', 'muster:RetryRegistration'])
    expect(await refused(nobody, 'approve', { certificateId: noId })).toContain('muster:ApproveDevice')
    const onCertificates = await createUser(server, ['muster:ApproveDevice'], arn('cert/*'))
    expect(await refused(onCertificates, 'approve', { caCertificateId: noId })).toContain(`cacert/${noId}`)
    expect((await postOwn(server, 'approve', { certificateId: noId }, onCertificates)).status).toBe(404)
  })
})
