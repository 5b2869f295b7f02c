import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** An attribute knows the type of its thing, so that things of one type are found by an attribute that all types have. */
export const thingsByAttributeAndType: Migration = {
  async up(db) {
    await db.schema.alterTable('thing_attributes').addColumn('thing_type_name', 'text').execute()
    await sql`update thing_attributes set thing_type_name = things.thing_type_name from things
      where things.account_id = thing_attributes.account_id and things.thing_name = thing_attributes.thing_name
        and things.thing_type_name is not null`.execute(db)
    await db.schema
      .createIndex('thing_attributes_by_type')
      .on('thing_attributes')
      .columns(['account_id', 'thing_type_name', 'attribute_name', 'attribute_value', 'thing_name'])
      .where('thing_type_name', 'is not', null)
      .execute()
  },
}
