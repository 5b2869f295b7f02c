/** The search on top: what is typed, and a certificate that is dropped anywhere. */
import Input from '@cloudscape-design/components/input'
import { useRouter } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'

const maxPemBytes = 100_000

/** `/` and Ctrl-K put the cursor into the search. */
function useSearchKey(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable]')
      const isSlash = event.key === '/' && !isTyping
      if (!isSlash && !(event.key === 'k' && (event.ctrlKey || event.metaKey))) return
      event.preventDefault()
      // the bar holds a copy of itself that nobody sees, to measure
      const inputs = [...document.querySelectorAll<HTMLInputElement>('.search input')]
      inputs.find((input) => input.checkVisibility({ visibilityProperty: true }))?.focus()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}

/** A file that no field of the page has taken. */
function useDroppedFile(onText: (text: string) => void): void {
  useEffect(() => {
    const allow = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault()
    }
    const take = (event: DragEvent) => {
      if (event.defaultPrevented) return
      event.preventDefault()
      const file = event.dataTransfer?.files[0]
      if (file && file.size <= maxPemBytes) void file.text().then(onText)
    }
    addEventListener('dragover', allow)
    addEventListener('drop', take)
    return () => {
      removeEventListener('dragover', allow)
      removeEventListener('drop', take)
    }
  }, [onText])
}

function useGo(): (text: string) => void {
  const router = useRouter()
  return useCallback(
    (text) => {
      if (text.trim() === '') return
      const find = async () => (await import('./search.ts')).findPath(text)
      void find().then((path) => router.history.push(`/console${path}`))
    },
    [router],
  )
}

/** What works wherever one is; once a page, as the bar holds a copy of itself. */
export function useSearchAnywhere(): void {
  useSearchKey()
  useDroppedFile(useGo())
}

export function SearchBox() {
  const go = useGo()
  const [wanted, setWanted] = useState('')
  return (
    <div className="search">
      <Input
        type="search"
        value={wanted}
        ariaLabel="Search: certificate, serial number, CN, CA, client, thing, rule, function, or ARN"
        placeholder="Certificate, client, thing, ARN (/)"
        onChange={({ detail }) => setWanted(detail.value)}
        onKeyDown={({ detail }) => {
          if (detail.key === 'Enter') go(wanted)
        }}
      />
    </div>
  )
}
