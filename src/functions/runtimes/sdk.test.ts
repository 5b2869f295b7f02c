import {
  CreateKeysAndCertificateCommand,
  DescribeCertificateCommand,
  GetPolicyCommand,
  IoTClient,
  ListPrincipalPoliciesCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificatesOperations, certificatesPermissions, openIssuer } from '../../pki/certificates/index.ts'
import type { OfferedServices } from '../../api/http/index.ts'
import { iotPoliciesOperations, iotPoliciesPermissions } from '../../rights/iot-policies/index.ts'
import { openTestAccount, type TestAccount } from '../testing/test-account.ts'

let account: TestAccount
let iot: IoTClient
beforeAll(async () => {
  account = await openTestAccount({
    services: async ({ store, fabric, now, directory }) => {
      const issuer = await openIssuer(directory)
      const attachmentsOf = async () => ({ policies: 0, things: 0 })
      const deps = { store, fabric, now, issuer, attachmentsOf, detachPolicies: async () => undefined }
      const operations: object = { ...certificatesOperations(deps), ...iotPoliciesOperations(deps) }
      const permissions: object = { ...certificatesPermissions, ...iotPoliciesPermissions }
      return { iot: { operations, permissions } as NonNullable<OfferedServices['iot']> }
    },
  })
  iot = new IoTClient(account.client)
})
afterAll(async () => {
  iot.destroy()
  await account[Symbol.asyncDispose]()
})

/** As registration functions are written for version 2 of the SDK: callbacks all the way. */
const version2 = `
var AWS = require('aws-sdk');
exports.handler = function (event, context, callback) {
  var region = 'us-east-1';
  var iot = new AWS.Iot({ region: region, apiVersion: '2015-05-28' });
  var certificateId = event.certificateId.toString().trim();
  var arn = 'arn:aws:iot:' + region + ':' + event.awsAccountId + ':cert/' + certificateId;
  var policyName = 'Policy_' + certificateId;
  var policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }] };
  iot.createPolicy({ policyDocument: JSON.stringify(policy), policyName: policyName }, function (error) {
    if (error && error.code !== 'ResourceAlreadyExistsException') return callback(error);
    iot.attachPrincipalPolicy({ policyName: policyName, principal: arn }, function (error) {
      if (error && error.code !== 'ResourceAlreadyExistsException') return callback(error);
      iot.updateCertificate({ certificateId: certificateId, newStatus: 'ACTIVE' }, function (error) {
        if (error) return callback(error);
        callback(null, 'activated ' + certificateId);
      });
    });
  });
};`

const version3 = `
import { IoTClient, CreatePolicyCommand, AttachPolicyCommand, UpdateCertificateCommand } from '@aws-sdk/client-iot'
const iot = new IoTClient()
export const handler = async ({ certificateId, awsAccountId }) => {
  const policyName = 'Policy_' + certificateId
  const Statement = [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  const target = 'arn:aws:iot:' + process.env.AWS_REGION + ':' + awsAccountId + ':cert/' + certificateId
  await iot.send(new AttachPolicyCommand({ policyName, target }))
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }))
  return 'activated ' + certificateId
}`

describe('a function that onboards a device', () => {
  it.each([
    ['version 2 of the SDK and callbacks', 'v2', { 'index.js': version2 }, 'nodejs12.x' as const],
    ['version 3 of the SDK in a module', 'v3', { 'index.mjs': version3 }, 'nodejs24.x' as const],
  ])('works with %s', async (_sdk, name, files, Runtime) => {
    await account.create(name, files as unknown as Record<string, string>, { Runtime, Timeout: 20 })
    const created = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: false }))
    const { certificateId, certificateArn } = created
    const event = { certificateId, awsAccountId: '000000000000' }
    for (const _attempt of name === 'v2' ? [1, 2] : [1]) {
      const { answer, error } = await account.invoke(name, event)
      expect({ answer, error }).toEqual({ answer: `activated ${certificateId}`, error: undefined })
    }
    const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }))
    expect(certificateDescription?.status).toBe('ACTIVE')
    const { policies } = await iot.send(new ListPrincipalPoliciesCommand({ principal: certificateArn }))
    expect(policies?.map(({ policyName }) => policyName)).toEqual([`Policy_${certificateId}`])
    const policy = await iot.send(new GetPolicyCommand({ policyName: `Policy_${certificateId}` }))
    expect(policy.policyDocument).toContain('iot:Connect')
  })

  it('may do what its role may, and is told what it may not', async () => {
    const source = `const AWS = require('aws-sdk')
      exports.handler = async () => await new AWS.IAM().listUsers().promise().catch(({ code, message, statusCode }) => ({ code, message, statusCode }))`
    await account.create('curious', { 'index.js': source }, { Timeout: 20 })
    expect((await account.invoke('curious')).answer).toEqual({
      code: 'AccessDenied',
      statusCode: 403,
      message: expect.stringMatching(
        /^User: arn:aws:sts::000000000000:assumed-role\/worker\/curious is not authorized to perform: iam:ListUsers/,
      ),
    })
  })
})

describe('the SDKs inside a function', () => {
  it.each([
    [
      'require of version 2',
      'index.js',
      `const AWS = require('aws-sdk'); exports.handler = async () => (await new AWS.STS().getCallerIdentity().promise()).Arn`,
    ],
    [
      'import of version 2',
      'index.mjs',
      `import AWS from 'aws-sdk'; export const handler = async () => (await new AWS.STS().getCallerIdentity().promise()).Arn`,
    ],
    [
      'a part of version 2',
      'index.js',
      `const STS = require('aws-sdk/clients/sts'); exports.handler = async () => (await new STS().getCallerIdentity().promise()).Arn`,
    ],
    [
      'require of version 3',
      'index.js',
      `const { STS } = require('@aws-sdk/client-sts'); exports.handler = async () => (await new STS().getCallerIdentity()).Arn`,
    ],
    [
      'dynamic import of version 3',
      'index.js',
      `exports.handler = async () => (await new (await import('@aws-sdk/client-sts')).STS().getCallerIdentity()).Arn`,
    ],
  ])('reach this server by %s', async (way, file, source) => {
    const name = way.replaceAll(' ', '-')
    await account.create(name, { [file]: source }, { Timeout: 20 })
    const { answer } = await account.invoke(name)
    expect(answer).toBe(`arn:aws:sts::000000000000:assumed-role/worker/${name}`)
  })

  it('go where the code says, if it says so', async () => {
    const source = `const AWS = require('aws-sdk')
      exports.handler = async () => [
        new AWS.Iot({ endpoint: 'https://one.example' }), new AWS.IotData({ endpoint: 'two.example' }), new AWS.STS(),
        (AWS.config.update({ sts: { endpoint: 'https://three.example' } }), new AWS.STS()),
      ].map(({ endpoint }) => endpoint.href)`
    await account.create('elsewhere', { 'index.js': source })
    expect((await account.invoke('elsewhere')).answer).toEqual([
      'https://one.example/',
      'https://two.example/',
      `${account.url}/`,
      'https://three.example/',
    ])
  })

  it('go elsewhere for one service by a variable of the function', async () => {
    const source = `const AWS = require('aws-sdk')
      exports.handler = async () => [new AWS.S3(), new AWS.STS()].map(({ endpoint }) => endpoint.href)`
    const Variables = { AWS_ENDPOINT_URL_S3: 'http://storage.example:9000' }
    await account.create('storage', { 'index.js': source }, { Environment: { Variables } })
    expect((await account.invoke('storage')).answer).toEqual([
      'http://storage.example:9000/',
      `${account.url}/`,
    ])
  })

  it('are those of the package before those of the server', async () => {
    const files = {
      'index.js': `exports.handler = async () => require('aws-sdk').own`,
      'node_modules/aws-sdk/index.js': 'exports.own = 1',
    }
    await account.create('bundled', files)
    expect((await account.invoke('bundled')).answer).toBe(1)
  })

  it('are all that functions see of the packages of the server', async () => {
    const source = `exports.handler = async () => ['fastify', 'kysely', 'yauzl'].map((name) => { try { require(name) } catch ({ code }) { return code } })`
    await account.create('nosy', { 'index.js': source })
    expect((await account.invoke('nosy')).answer).toEqual(Array(3).fill('MODULE_NOT_FOUND'))
  })
})
