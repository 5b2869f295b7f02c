/** Who owned which session when, written down by the database itself. */
import type { Outcome } from './outcome.ts'
import { query } from './query.ts'

/** Before anybody has a session. */
export async function watchOwners(database: string): Promise<void> {
  await query(
    database,
    `create schema witness;
    create table witness.owners (session_id bigint, epoch bigint, owner text);
    create function witness.note() returns trigger language plpgsql as $$ begin
      insert into witness.owners values (new.session_id, new.epoch, new.owner_node);
      return null;
    end $$;
    create trigger note_owner after insert or update of owner_node, epoch on sessions
      for each row execute function witness.note()`,
  )
}

/** A session that is nobody's keeps the epoch of who had it last. */
export async function judgeOwners(database: string): Promise<Outcome> {
  const epochs = await query<{ session: string; epoch: string; owners: string[] }>(
    database,
    `select session_id as session, epoch, array_agg(distinct owner) as owners
      from witness.owners where owner <> '' group by 1, 2`,
  )
  const faults = epochs
    .filter(({ owners }) => owners.length > 1)
    .map(({ session, epoch, owners }) => `session ${session}, epoch ${epoch}: ${owners.join(' and ')}`)
  const sessions = new Set(epochs.map(({ session }) => session)).size
  return { what: 'one owner an epoch', figures: { sessions, epochs: epochs.length }, faults }
}
