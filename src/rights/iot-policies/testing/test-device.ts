/** A device that connects, and what its account grants it. */
import type { TestCa } from '../../../../test/helpers/certificates.ts'
import type { DeviceCertificate } from '../../../pki/certificates/index.ts'
import {
  createDeviceAuthorizer,
  type AuthorizationRequest,
  type DeviceAuthorization,
  type DeviceAuthorizer,
} from '../index.ts'
import { arn, context, openTestAccount, type TestAccount } from './test-account.ts'

/** Of one test. */
export class DeviceScene implements AsyncDisposable {
  readonly account: TestAccount
  readonly certificate: DeviceCertificate
  readonly policies: TestAccount['policies']
  private readonly authorizer: DeviceAuthorizer

  constructor(account: TestAccount, certificate: DeviceCertificate) {
    this.account = account
    this.certificate = certificate
    this.policies = account.policies
    this.authorizer = createDeviceAuthorizer({
      store: account.store,
      fabric: account.fabric,
      now: account.now,
    })
  }

  open = async (request: Partial<AuthorizationRequest> = {}): Promise<DeviceAuthorization> =>
    this.authorizer.open({
      accountId: context.accountId,
      certificate: this.certificate,
      clientId: 'lamp-1',
      sourceIp: '198.51.100.7',
      protocol: 'mqtt',
      ...request,
    })

  attachNew = async (
    policyName: string,
    policyDocument: string,
    target = this.certificate.certificateArn,
  ): Promise<void> => {
    await this.policies.CreatePolicy({ policyName, policyDocument }, context)
    await this.policies.AttachPolicy({ policyName, target }, context)
  }

  attachThing = (thingName: string, thingPrincipalType?: 'EXCLUSIVE_THING') =>
    this.account.things.AttachThingPrincipal(
      {
        thingName,
        principal: this.certificate.certificateArn,
        ...(thingPrincipalType && { thingPrincipalType }),
      },
      context,
    )

  async [Symbol.asyncDispose](): Promise<void> {
    this.authorizer[Symbol.dispose]()
    await this.account[Symbol.asyncDispose]()
  }
}

export async function openDeviceScene(ca: TestCa): Promise<DeviceScene> {
  const account = await openTestAccount(ca)
  return new DeviceScene(account, await account.registerCertificate('CN=lamp-1'))
}

export const effect = (device: DeviceAuthorization, action: string, resource: string) =>
  device.decide(action, arn(resource)).effect
