/** What databases say of a query that they refuse. */

const sqliteConstraintForeignKey = 787 // sqlite.org/rescode.html#constraint_foreignkey
const postgresForeignKeyViolation = '23503' // postgresql.org/docs, "PostgreSQL Error Codes"

/** That a row names another which is not there. With PostgreSQL nothing more can be asked in the transaction. */
export function isForeignKeyViolation(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  const { errcode, code } = cause as { errcode?: unknown; code?: unknown }
  return errcode === sqliteConstraintForeignKey || code === postgresForeignKeyViolation
}
