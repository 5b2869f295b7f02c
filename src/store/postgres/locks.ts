/** Advisory locks of Muster in its database: any numbers that nobody else takes. */

/** Held by the server of the database as long as it runs; shared by the nodes of a cluster. */
export const postgresServerLock = 0x6d757374
/** Held while the schema is brought up to date. */
export const postgresMigrationLock = 0x6d757375
/** Held by the node of a cluster that writes, until it has committed. */
export const postgresTurnLock = 0x6d757376
