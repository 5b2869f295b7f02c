import type * as Iot from '@aws-sdk/client-iot'
import type { Accounts } from '../../access/accounts/index.ts'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations } from '../../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../../fabric/in-process/index.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import type { Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../../registry/tags/index.ts'
import { defaultConfigurations } from './default-configurations.ts'
import { describeConfiguration } from './describe.ts'
import {
  checkDeletable,
  checkDomainName,
  checkSettings,
  domainConfigurationArn,
  managedDomainName,
  type DomainConfiguration,
} from './domain-configuration.ts'
import { newSettings, updatedSettings } from './settings.ts'
import {
  getDomainConfiguration,
  insertDomainConfiguration,
  listDomainConfigurations,
  removeDomainConfiguration,
  saveDomainConfiguration,
} from './store.ts'

export interface DomainConfigurationsDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  now: () => Date
  accounts: Pick<Accounts, 'endpointOf' | 'isEndpoint'>
  /** Why the certificate files that the operator gave for the domain cannot be used; nothing when they can, or there are none. */
  certificateFault: (domainName: string) => Promise<string | undefined>
}

type CreateInput = Iot.CreateDomainConfigurationRequest & { domainConfigurationName: string }

export function domainConfigurationsOperations(deps: DomainConfigurationsDeps) {
  const { store, fabric, now, accounts, certificateFault } = deps

  function toConfiguration(input: CreateInput, accountId: string): DomainConfiguration {
    const { domainConfigurationName: name, domainName, serverCertificateArns = [], serviceType } = input
    const settings = newSettings(input)
    const endpointAddress = accounts.endpointOf(accountId)
    checkSettings(settings)
    if (domainName === undefined && serverCertificateArns.length > 0)
      throw iotError('InvalidRequestException', 'serverCertificateArns goes with a domainName of your own')
    return {
      accountId,
      name,
      domainName:
        domainName === undefined
          ? managedDomainName(name, endpointAddress)
          : checkDomainName(domainName, { endpointAddress, isTaken: accounts.isEndpoint }),
      domainType: domainName === undefined ? 'AWS_MANAGED' : 'CUSTOMER_MANAGED',
      serviceType: serviceType ?? 'DATA',
      status: 'ENABLED',
      statusChangedAt: now(),
      serverCertificateArns,
      validationCertificateArn: input.validationCertificateArn,
      settings,
    }
  }

  const commit = commitsOf({ store, fabric }, 'domain-configuration')

  return {
    async CreateDomainConfiguration(input, { accountId, region }) {
      const configuration = toConfiguration(input, accountId)
      const { name, domainName, domainType } = configuration
      const fault = domainType === 'CUSTOMER_MANAGED' ? await certificateFault(domainName) : undefined
      if (fault !== undefined) throw iotError('CertificateValidationException', fault)
      const arn = domainConfigurationArn({ accountId, region }, name)
      await commit(accountId, name, async (db) => {
        await insertDomainConfiguration(db, configuration)
        if (input.tags) await setTags(db, accountId, arn, input.tags)
      })
      return { domainConfigurationName: name, domainConfigurationArn: arn }
    },

    async DescribeDomainConfiguration({ domainConfigurationName: name }, context) {
      const { accountId } = context
      const ours = defaultConfigurations(accountId, accounts.endpointOf(accountId)).find(
        (one) => one.name === name,
      )
      const configuration = ours ?? (await getDomainConfiguration(store.read, accountId, name))
      return describeConfiguration(
        configuration,
        context,
        ours ? undefined : await certificateFault(configuration.domainName),
      )
    },

    async UpdateDomainConfiguration(input, { accountId, region }) {
      const { domainConfigurationName: name, domainConfigurationStatus } = input
      if (name.startsWith('iot:'))
        throw iotError('InvalidRequestException', `the domain configuration ${name} cannot be updated`)
      await commit(accountId, name, async (db) => {
        const configuration = await getDomainConfiguration(db, accountId, name)
        const settings = updatedSettings(configuration.settings, input)
        checkSettings(settings)
        const status = domainConfigurationStatus ?? configuration.status
        const statusChangedAt = status === configuration.status ? configuration.statusChangedAt : now()
        await saveDomainConfiguration(db, { ...configuration, settings, status, statusChangedAt })
      })
      return {
        domainConfigurationName: name,
        domainConfigurationArn: domainConfigurationArn({ accountId, region }, name),
      }
    },

    async ListDomainConfigurations({ marker, pageSize, serviceType }, { accountId, region }) {
      const page = parsePage({ nextToken: marker, maxResults: pageSize })
      const own = await listDomainConfigurations(store.read, accountId)
      const all = [...own, ...defaultConfigurations(accountId, accounts.endpointOf(accountId))]
        .filter((one) => serviceType === undefined || one.serviceType === serviceType)
        .filter((one) => page.after === undefined || one.name > page.after)
        .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      const { rows, nextToken } = toPage(all, page, (one) => one.name)
      const domainConfigurations = rows.map((one) => ({
        domainConfigurationName: one.name,
        domainConfigurationArn: domainConfigurationArn({ accountId, region }, one.name),
        serviceType: one.serviceType,
      }))
      return { domainConfigurations, nextMarker: nextToken }
    },

    async DeleteDomainConfiguration({ domainConfigurationName: name }, { accountId, region }) {
      await commit(accountId, name, async (db) => {
        checkDeletable(await getDomainConfiguration(db, accountId, name))
        await removeDomainConfiguration(db, accountId, name)
        await deleteTags(db, accountId, domainConfigurationArn({ accountId, region }, name))
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}
