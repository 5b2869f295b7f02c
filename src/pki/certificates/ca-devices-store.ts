/** How many certificates a CA has: kept beside them, since counting them would take longer the more there are. */
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'

/** The CA's `muster:max-devices` are there already. */
export class DeviceLimitReached extends Error {
  override readonly name = 'DeviceLimitReached'
}

interface Ca {
  accountId: string
  caCertificateId: string
}

const addDevices = prepareQuery((db, value: Bind<Tables['ca_devices']>) =>
  db
    .insertInto('ca_devices')
    .values(bindAll(value, ['account_id', 'ca_certificate_id', 'devices']))
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'ca_certificate_id'])
        .doUpdateSet((eb) => ({ devices: eb('ca_devices.devices', '+', eb.ref('excluded.devices')) })),
    ),
)

/** In the transaction that registers or deletes one. */
export async function countDevice(db: Db, { accountId, caCertificateId }: Ca, change: 1 | -1): Promise<void> {
  await addDevices(db, { account_id: accountId, ca_certificate_id: caCertificateId, devices: change })
}

export async function findDeviceCount(db: Db, { accountId, caCertificateId }: Ca): Promise<number> {
  const row = await db
    .selectFrom('ca_devices')
    .select('devices')
    .where('account_id', '=', accountId)
    .where('ca_certificate_id', '=', caCertificateId)
    .executeTakeFirst()
  return row?.devices ?? 0
}
