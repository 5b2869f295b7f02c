import type { Migration } from 'kysely/migration'

/** In which forms a node understands others; those of before there were several understand the first. */
export const wireOfNodes: Migration = {
  async up(db) {
    for (const name of ['wire_from', 'wire_to'])
      await db.schema
        .alterTable('nodes')
        .addColumn(name, 'bigint', (column) => column.notNull().defaultTo(1))
        .execute()
  },
}
