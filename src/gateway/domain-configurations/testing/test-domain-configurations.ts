/** Domain configurations of one server, for the tests beside it. Of one test, which opens it. */
import type { CreateDomainConfigurationRequest, UpdateDomainConfigurationRequest } from '@aws-sdk/client-iot'
import { rootContext } from '../../../../test/helpers/call-context.ts'
import { forOneAccount } from '../../../../test/helpers/for-one-account.ts'
import { openTestStore } from '../../../../test/helpers/store.ts'
import { createLocalFabric, type Change } from '../../../fabric/in-process/index.ts'
import type { Store } from '../../../store/index.ts'
import { openDomains, type Domains } from '../domains.ts'
import { domainConfigurationsOperations } from '../operations.ts'

export const accountId = '111122223333'
export const context = rootContext(accountId)
export const elsewhere = rootContext('444455556666')
export const start = new Date('2026-05-01T12:00:00Z')
export const certificateArn =
  'arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555'
/** Names of those that every account has. */
export const defaults = ['iot:CredentialProvider', 'iot:Data-ATS', 'iot:Jobs']

export type Create = Partial<CreateDomainConfigurationRequest>
export type Update = Partial<UpdateDomainConfigurationRequest>

export const acme = { domainConfigurationName: 'acme', domainName: 'iot.acme.example' }

export class TestDomainConfigurations implements AsyncDisposable {
  store!: Store
  domains!: Domains
  operations!: ReturnType<typeof domainConfigurationsOperations>
  /** What was announced. */
  changes: Change[] = []
  clock = start
  /** What is wrong with the certificate files of a domain. */
  readonly faults = new Map<string, string>()

  open = async (): Promise<void> => {
    this.store = await openTestStore()
    const fabric = createLocalFabric()
    this.changes = []
    fabric.onChange((change) => void this.changes.push(change))
    const forEachAccount = forOneAccount(accountId)
    const ownEndpointOf = () => undefined
    this.domains = await openDomains({ store: this.store, fabric, forEachAccount, ownEndpointOf })
    this.clock = start
    this.faults.clear()
    this.operations = domainConfigurationsOperations({
      store: this.store,
      fabric,
      now: () => this.clock,
      accounts: {
        endpointOf: () => 'iot.muster.example',
        isEndpoint: (domainName) => domainName === 'kept.muster.example',
      },
      certificateFault: async (domainName) => this.faults.get(domainName),
    })
  }

  create = (input: Create = {}) =>
    this.operations.CreateDomainConfiguration({ ...acme, ...input } as never, context)

  update = (input: Update, name = 'acme') =>
    this.operations.UpdateDomainConfiguration({ domainConfigurationName: name, ...input } as never, context)

  describeOne = (name = 'acme') =>
    this.operations.DescribeDomainConfiguration({ domainConfigurationName: name }, context)

  remove = (name = 'acme') =>
    this.operations.DeleteDomainConfiguration({ domainConfigurationName: name }, context)

  async [Symbol.asyncDispose](): Promise<void> {
    await this.domains[Symbol.asyncDispose]()
    await this.store[Symbol.asyncDispose]()
  }
}
