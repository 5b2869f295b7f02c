export interface JournalTables {}
