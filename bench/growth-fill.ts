/** A fleet in the database of a server that is not running, put there by SQL: a million devices in a minute. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openJournal } from '../src/observability/journal/index.ts'
import { createLog } from '../src/lib/log.ts'
import { openStore } from '../src/store/index.ts'

export interface Filling {
  dataDir: string
  accountId: string
  region: string
  /** Of things, each with a certificate, three attributes, and a journal entry. */
  things: number
  /** Of things without a certificate, and of billing groups with a thing: for what deletes them. */
  spares: number
}

/** An odd number near the golden ratio of 2 to the 32nd: multiples of it are spread evenly, and none comes twice. */
const spread = 2_654_435_761

/** Names that measurements ask for; `index` counts from 0. */
export const filled = {
  thing: (index: number) => `unit-${String(index).padStart(7, '0')}`,
  spare: (index: number) => `spare-${index}`,
  billingGroup: (index: number) => `bill-${index}`,
  /** All over the index, as hashes are. */
  certificateId: (index: number) =>
    ((index * spread) % 2 ** 32).toString(16).padStart(8, '0') + index.toString(16).padStart(56, '0'),
  policy: 'fleet-policy',
  /** A group with 20 groups below it, in which every 50th thing is. */
  site: 'site',
}

const numbers = 'with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < :things)'
const thing = `printf('unit-%07d', i)`
const certificateId = `printf('%08x%056x', i * ${spread} % 4294967296, i)`
const certificateArn = `'arn:aws:iot:' || :region || ':' || :account || ':cert/' || ${certificateId}`
const group = `iif(i % 50 = 0, 'site-' || (i / 50 % 20), 'group-' || (i / 100))`
const thingType = `iif(i % 10 = 0, 'Torch', 'Lamp')`

const statements = [
  `insert into thing_types values (:account, 'Lamp', 'a', '{}', 0, null), (:account, 'Torch', 'b', '{}', 0, null)`,
  `${numbers} insert into billing_groups select :account, 'bill-' || i, 'c' || i, '', 1, 0 from n where i < :spares`,
  `${numbers} insert into things select :account, ${thing}, 'd' || i, ${thingType},
    iif(i < :spares, 'bill-' || i, null),
    '{"model":"m' || (i % 7) || '","serial":"' || printf('%08d', i * 7) || '","version":"v1"}', 1, 0 from n`,
  `${numbers} insert into things select :account, 'spare-' || i, 'e' || i, null, null, '{}', 1, 0
    from n where i < :spares`,
  ...['model', 'serial', 'version'].map(
    (
      name,
    ) => `insert into thing_attributes (account_id, attribute_name, attribute_value, thing_name, thing_type_name)
      select account_id, '${name}', attributes ->> '$.${name}' as value, thing_name, thing_type_name from things
      where thing_name like 'unit-%' order by value, thing_name`,
  ),
  `${numbers} insert into certificates (account_id, certificate_id, region, certificate_pem, status, ca_certificate_id,
      certificate_mode, not_before, not_after, created_at, modified_at, customer_version, generation_id, serial_number, common_name)
    select :account, ${certificateId}, :region, 'not a PEM', iif(i % 1000 = 999, 'PENDING_ACTIVATION', 'ACTIVE'), null, 'DEFAULT',
      0, 4102444800000, i, i, 1, 'f' || i, printf('%x', i + 1048576), ${thing} from n`,
  `${numbers} insert into thing_principals select :account, ${certificateArn}, ${thing}, 'NON_EXCLUSIVE_THING' from n`,
  `${numbers} insert into iot_policies select :account, 'policy-' || i, 1, 1, 'g' || i, i, i from n where i % 10 = 0`,
  `insert into iot_policies values (:account, 'fleet-policy', 1, 1, 'h', 0, 0)`,
  `insert into iot_policy_versions
    select account_id, policy_name, 1, '{"Version":"2012-10-17","Statement":[]}', generation_id, 0 from iot_policies
    where (account_id, policy_name) not in (select account_id, policy_name from iot_policy_versions)`,
  `${numbers} insert into iot_policy_attachments select :account, ${certificateArn}, 'fleet-policy' from n`,
  `${numbers} insert into thing_groups select distinct :account, name, name, name, iif(name like 'site-%', 'site', null),
      iif(name like 'site-%', 'site', name), '', '{}', 1, 0
    from (select 'site' as name union select ${group} from n)`,
  `insert into thing_group_ancestors select account_id, thing_group_name, thing_group_name, 0 from thing_groups
    union all select account_id, thing_group_name, 'site', 1 from thing_groups where parent_group_name = 'site'`,
  `${numbers} insert into thing_group_members select :account, ${thing}, ${group} from n`,
]

/** In one transaction, but for the journal. */
export async function fillDatabase(filling: Filling): Promise<void> {
  const { dataDir, accountId: account, region, things, spares } = filling
  const database = new DatabaseSync(join(dataDir, 'muster.db'))
  database.exec('pragma cache_size = -262144; pragma synchronous = off; begin immediate')
  for (const sql of statements) {
    const statement = database.prepare(sql)
    statement.setAllowUnknownNamedParameters(true)
    statement.run({ account, region, things, spares })
  }
  database.exec('commit')
  database.close()
  await fillJournal(filling)
}

const entriesAtOnce = 10_000

async function fillJournal({ dataDir, accountId, things }: Filling): Promise<void> {
  await using store = await openStore(join(dataDir, 'muster.db'))
  await using journal = openJournal({
    store,
    log: createLog('silent'),
    now: () => new Date(),
    maxEntries: 10_000_000,
    maxAgeDays: 30,
  })
  for (let index = 0; index < things; index++) {
    journal.record({
      accountId,
      at: new Date(),
      code: 'provisioned',
      certificateId: filled.certificateId(index),
      clientId: filled.thing(index),
      thingName: filled.thing(index),
      details: {},
    })
    if (index % entriesAtOnce === entriesAtOnce - 1) await journal.list({ accountId, limit: 1 }) // is written
  }
}
