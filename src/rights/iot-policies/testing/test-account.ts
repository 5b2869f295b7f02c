/** A store with real features around it, for the tests of this folder. */
import { expect } from 'vitest'
import { openTestStore } from '../../../../test/helpers/store.ts'
import type { CallContext } from '../../../api/aws/operations.ts'
import { registerCertificate, type DeviceCertificate } from '../../../pki/certificates/index.ts'
import { createLocalFabric, type Change } from '../../../fabric/in-process/index.ts'
import { parseCertificate } from '../../../lib/x509.ts'
import { thingGroupsOperations } from '../../../registry/thing-groups/index.ts'
import { createThing, thingsOperations } from '../../../registry/things/index.ts'
import { detachAllPolicies, iotPoliciesOperations } from '../index.ts'

const accountId = '111122223333'
const region = 'us-east-1'

export const arn = (resource: string) => `arn:aws:iot:${region}:${accountId}:${resource}`

export const context: CallContext = {
  caller: { accountId, kind: 'root', arn: `arn:aws:iam::${accountId}:root`, userId: accountId },
  accountId,
  region,
  requestId: 'request-1',
  sourceIp: '127.0.0.1',
  authorize: async () => {},
}

export const elsewhere: CallContext = { ...context, accountId: '444455556666' }

/** `ca` issues the devices' certificates. */
export async function openTestAccount(ca: {
  issue: (options: { subject: string }) => { certificatePem: string }
}) {
  const store = await openTestStore()
  const fabric = createLocalFabric()
  const changes: Change[] = []
  fabric.onChange((change) => void changes.push(change))
  let time = Date.UTC(2026, 4, 1)
  const now = () => new Date((time += 1000))
  const deps = { store, fabric, now }
  const groups = thingGroupsOperations({ ...deps, detachPolicies: detachAllPolicies })
  const things = thingsOperations({ ...deps, principalExists: async () => true })
  const policies = iotPoliciesOperations(deps)

  return {
    store,
    fabric,
    changes,
    now,
    groups,
    things,
    policies,
    createPolicy: (policyName: string) =>
      policies.CreatePolicy({ policyName, policyDocument: document }, context),
    registerCertificate: (subject = 'CN=lamp-1'): Promise<DeviceCertificate> => {
      const certificate = parseCertificate(ca.issue({ subject }).certificatePem)
      return store.transact((db) =>
        registerCertificate(db, { accountId, region, certificate, status: 'ACTIVE', now: now() }),
      )
    },
    createThing: (thingName: string, attributes: Record<string, string> = {}) =>
      store.transact((db) => createThing(db, { accountId, thingName, attributes, now: now() })),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
    },
  }
}

export type TestAccount = Awaited<ReturnType<typeof openTestAccount>>

export const grant = (action: string, resource = '*', rest: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...rest }],
  })

/** Of the policies of `createPolicy`. */
export const document = grant('iot:Connect')

export const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) as string })
