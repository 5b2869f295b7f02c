import { iotError } from '../../api/aws/errors.ts'
import type { Db, Tables } from '../../store/index.ts'
import { checkCount, type DomainConfiguration, type DomainSettings } from './domain-configuration.ts'

/** @throws {AwsError} `ResourceAlreadyExistsException` or `LimitExceededException` */
export async function insertDomainConfiguration(db: Db, configuration: DomainConfiguration): Promise<void> {
  const existing = await listDomainConfigurations(db, configuration.accountId)
  if (existing.some(({ name }) => name === configuration.name))
    throw iotError(
      'ResourceAlreadyExistsException',
      `domain configuration ${configuration.name} already exists`,
    )
  const taken = existing.find(({ domainName }) => domainName === configuration.domainName)
  if (taken)
    throw iotError(
      'ResourceAlreadyExistsException',
      `${configuration.domainName} is the domain of the domain configuration ${taken.name}`,
    )
  if (await isDomainTaken(db, configuration.domainName))
    throw iotError(
      'ResourceAlreadyExistsException',
      `another account has the domain ${configuration.domainName}`,
    )
  checkCount(existing.length)
  await db.insertInto('domain_configurations').values(toRow(configuration)).execute()
}

/** By whichever account: clients say which domain they mean, not whose. */
async function isDomainTaken(db: Db, domainName: string): Promise<boolean> {
  const row = await db
    .selectFrom('domain_configurations')
    .select('account_id')
    .where('domain_name', '=', domainName)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function findDomainConfiguration(
  db: Db,
  accountId: string,
  name: string,
): Promise<DomainConfiguration | undefined> {
  const row = await db
    .selectFrom('domain_configurations')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('domain_configuration_name', '=', name)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getDomainConfiguration(
  db: Db,
  accountId: string,
  name: string,
): Promise<DomainConfiguration> {
  const configuration = await findDomainConfiguration(db, accountId, name)
  if (!configuration) throw iotError('ResourceNotFoundException', `no domain configuration named ${name}`)
  return configuration
}

/** By name; an account has a handful. */
export async function listDomainConfigurations(db: Db, accountId: string): Promise<DomainConfiguration[]> {
  const rows = await db
    .selectFrom('domain_configurations')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('domain_configuration_name')
    .execute()
  return rows.map(fromRow)
}

/** Writes status and settings back. */
export async function saveDomainConfiguration(db: Db, configuration: DomainConfiguration): Promise<void> {
  const { settings, status, status_changed_at } = toRow(configuration)
  await db
    .updateTable('domain_configurations')
    .set({ settings, status, status_changed_at })
    .where('account_id', '=', configuration.accountId)
    .where('domain_configuration_name', '=', configuration.name)
    .execute()
}

export async function removeDomainConfiguration(db: Db, accountId: string, name: string): Promise<void> {
  await db
    .deleteFrom('domain_configurations')
    .where('account_id', '=', accountId)
    .where('domain_configuration_name', '=', name)
    .execute()
}

function toRow(configuration: DomainConfiguration): Tables['domain_configurations'] {
  return {
    account_id: configuration.accountId,
    domain_configuration_name: configuration.name,
    domain_name: configuration.domainName,
    domain_type: configuration.domainType,
    service_type: configuration.serviceType,
    status: configuration.status,
    status_changed_at: configuration.statusChangedAt.getTime(),
    server_certificate_arns: JSON.stringify(configuration.serverCertificateArns),
    validation_certificate_arn: configuration.validationCertificateArn ?? null,
    settings: JSON.stringify(configuration.settings),
  }
}

function fromRow(row: Tables['domain_configurations']): DomainConfiguration {
  return {
    accountId: row.account_id,
    name: row.domain_configuration_name,
    domainName: row.domain_name,
    domainType: row.domain_type,
    serviceType: row.service_type,
    status: row.status,
    statusChangedAt: new Date(row.status_changed_at),
    serverCertificateArns: JSON.parse(row.server_certificate_arns) as string[],
    validationCertificateArn: row.validation_certificate_arn ?? undefined,
    settings: JSON.parse(row.settings) as DomainSettings,
  }
}
