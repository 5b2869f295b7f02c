import type { Tables } from '../../store/index.ts'
import { parseAttributes, serializeAttributes } from './attributes.ts'
import type { ListedThing, Thing } from './thing.ts'

export function toRow(thing: Thing): Tables['things'] {
  return {
    account_id: thing.accountId,
    thing_name: thing.thingName,
    thing_id: thing.thingId,
    thing_type_name: thing.thingTypeName ?? null,
    billing_group_name: thing.billingGroupName ?? null,
    attributes: serializeAttributes(thing.attributes),
    version: thing.version,
    creation_date: thing.creationDate.getTime(),
  }
}

export function fromRow(row: Tables['things']): Thing {
  return {
    accountId: row.account_id,
    thingName: row.thing_name,
    thingId: row.thing_id,
    thingTypeName: row.thing_type_name ?? undefined,
    billingGroupName: row.billing_group_name ?? undefined,
    attributes: parseAttributes(row.attributes),
    version: row.version,
    creationDate: new Date(row.creation_date),
  }
}

/** What a list shows, and no more: with 250 things a page, reading them is most of the work. */
export const listedColumns = ['thing_name', 'thing_type_name', 'attributes', 'version'] as const

export function fromListedRow(row: Pick<Tables['things'], (typeof listedColumns)[number]>): ListedThing {
  return {
    thingName: row.thing_name,
    thingTypeName: row.thing_type_name ?? undefined,
    attributes: parseAttributes(row.attributes),
    version: row.version,
  }
}
