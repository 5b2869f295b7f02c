import type { QueryConfig, QueryResult } from 'pg'
import type { StatementFacts } from './many-at-once.ts'
import type { LearnStatement } from './turn-runner.ts'

/** PostgreSQL says itself which types the parameters of a statement have. `sql` and `table` are the program's own. */
export const learnThrough =
  (run: (query: QueryConfig) => Promise<QueryResult>): LearnStatement =>
  async (sql, table) => {
    const results = (await run({ text: questionOf(sql, table) })) as unknown as QueryResult<StatementFacts>[]
    const facts = results[1]?.rows[0]
    if (!facts) throw new Error('PostgreSQL told nothing of a statement that it prepared')
    return facts
  }

const questionOf = (sql: string, table: string): string => `prepare muster_learnt as ${sql};
  select parameter_types::text[] as "parameterTypes", array(
    select attribute.attname::text from pg_index as key
    join pg_attribute as attribute on attribute.attrelid = key.indrelid and attribute.attnum = any(key.indkey)
    where key.indisprimary and key.indrelid = to_regclass('"${table}"')) as "primaryKey"
  from pg_prepared_statements where name = 'muster_learnt';
  deallocate muster_learnt`
