import { useState } from 'react'
import { shown } from '../../kit/shown.ts'

/** One thing at a time that may fail. */
export function useSending(): {
  send: (work: () => Promise<void>) => void
  isSending: boolean
  error: string | undefined
} {
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<string>()
  return {
    isSending,
    error,
    send(work) {
      setSending(true)
      setError(undefined)
      work()
        .catch((cause: unknown) => setError(shown(cause instanceof Error ? cause.message : String(cause))))
        .finally(() => setSending(false))
    },
  }
}
