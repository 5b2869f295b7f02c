import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Identity } from './guest.ts'
import { MqttSession, type Snapshot } from './session.ts'

/** A session for the identity, from its first use on until the page is left. */
export function useSession({ actAs, clientId }: Identity): { session: MqttSession; snapshot: Snapshot } {
  const [session, setSession] = useState(() => new MqttSession({ actAs, clientId }))
  useEffect(() => {
    const opened = new MqttSession({ actAs, clientId })
    setSession(opened)
    void opened.connect()
    return () => opened[Symbol.dispose]()
  }, [actAs, clientId])
  return { session, snapshot: useSyncExternalStore(session.subscribeToChanges, session.getSnapshot) }
}
