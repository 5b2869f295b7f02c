/** Which actions whoever is signed in may never do; their buttons say so. */
import { useQueries } from '@tanstack/react-query'
import { listDenied, type OperationCall } from '../api/call.ts'
import { listCalls, type Calls } from './use-change.ts'

/** Where the action is called otherwise than its operation, or belongs to another service. */
const actions: Record<string, string> = { 'lambda:Invoke': 'lambda:InvokeFunction' }
const prefixes: Record<string, string> = { 'iot-data': 'iot' }

/** The IAM action of a call, e.g. `iot:UpdateCertificate`. */
export function actionOf({ service, operation }: OperationCall): string {
  const action = `${prefixes[service] ?? service}:${operation}`
  return actions[action] ?? action
}

/** What is asked for in one moment goes in one request. */
let waiting: { action: string; resolve: (isDenied: boolean) => void }[] = []
const maxActions = 100

async function askTogether(): Promise<void> {
  const asked = waiting
  waiting = []
  for (let at = 0; at < asked.length; at += maxActions) {
    const some = asked.slice(at, at + maxActions)
    // without an answer nothing is known to be denied, and the call itself will say
    const denied = await listDenied(some.map(({ action }) => action)).catch(() => [] as string[])
    for (const { action, resolve } of some) resolve(denied.includes(action))
  }
}

function isDenied(action: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (waiting.length === 0) queueMicrotask(() => void askTogether())
    waiting.push({ action, resolve })
  })
}

const staleMs = 60_000

/** For each, the reason that its button is disabled: the permissions that are missing for its calls; `undefined` for none. */
export function useMissingPermissions(each: readonly (Calls | undefined)[]): readonly (string | undefined)[] {
  return useQueries({
    queries: each.map((calls) => {
      const wanted = [...new Set(calls === undefined ? [] : listCalls(calls).map(actionOf))].toSorted()
      return {
        queryKey: ['permissions', ...wanted],
        queryFn: async () => {
          const denied = await Promise.all(wanted.map(isDenied))
          return wanted.filter((_, at) => denied[at])
        },
        enabled: wanted.length > 0,
        staleTime: staleMs,
      }
    }),
  }).map(({ data = [] }) => (data.length > 0 ? `You need the permission ${data.join(', ')}` : undefined))
}
