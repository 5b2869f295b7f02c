/** Authorizers of an account, and the function that they ask, for the tests of operations. */
import { expect } from 'vitest'
import { accountId, region, type Fleet } from '../../../../test/helpers/fleet.ts'
import type { Change } from '../../../fabric/in-process/index.ts'
import type { CallFunction } from '../ask-function.ts'
import { authorizersOperations } from '../operations.ts'
import { makeSigner } from './test-keys.ts'

export const authorizerFunctionArn = `arn:aws:lambda:${region}:${accountId}:function:gate`
export const arnOf = (name: string) => `arn:aws:iot:${region}:${accountId}:authorizer/${name}`
export const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as unknown

export const signer = makeSigner()
export const signing = { tokenKeyName: 'token', tokenSigningPublicKeys: { first: signer.publicKey } }
export const unsigned = { signingDisabled: true }

const sayNo: CallFunction = async () => ({ payload: Buffer.from('{"isAuthenticated":false}') })

/** Of the tests of a file. */
export class AuthorizerScene {
  readonly fleet: Fleet
  readonly context: Fleet['context']
  readonly operations: ReturnType<typeof authorizersOperations>
  changes: Change[] = []
  call = sayNo
  called: Parameters<CallFunction>[0][] = []

  constructor(fleet: Fleet) {
    this.fleet = fleet
    this.context = fleet.context
    const callFunction: CallFunction = (invocation) => {
      this.called.push(invocation)
      return this.call(invocation)
    }
    this.operations = authorizersOperations({ ...fleet, region, callFunction, timeoutMs: 20 })
    fleet.fabric.onChange((change) => void this.changes.push(change))
  }

  /** As before the first test. */
  async reset(): Promise<void> {
    await this.fleet.store.transact(async (db) => {
      await db.deleteFrom('authorizers').execute()
      await db.deleteFrom('default_authorizers').execute()
    })
    Object.assign(this, { changes: [], called: [], call: sayNo })
  }

  create = (authorizerName: string, more: object = unsigned) =>
    this.operations.CreateAuthorizer({ authorizerName, authorizerFunctionArn, ...more }, this.context)

  describe = async (authorizerName: string) =>
    (await this.operations.DescribeAuthorizer({ authorizerName }, this.context)).authorizerDescription

  update = (authorizerName: string, more: object) =>
    this.operations.UpdateAuthorizer({ authorizerName, ...more }, this.context)

  makeDefault = (authorizerName: string) =>
    this.operations.SetDefaultAuthorizer({ authorizerName }, this.context)
}
