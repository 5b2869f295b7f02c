/** An editor of code that knows its language and marks faults where they are. */
import { useEffect, useRef } from 'react'
import type { Language } from './editor-languages.ts'
import type { Editor, EditorOptions, Fault } from './open-editor.ts'

export type { Fault }

interface CodeEditorProps {
  value: string
  /** Absent: the text may only be read. */
  onChange?: ((text: string) => void) | undefined
  language: Language
  /** What a screen reader calls it. */
  label: string
  /** Beside those of the language itself; offsets in the text. */
  faults?: readonly Fault[] | undefined
  /** What may be typed, offered as one types. */
  words?: EditorOptions['words']
}

/**
 * Lives in a shadow root: there its styles are style sheets made by script, which the content security policy lets be,
 * and not elements, which it does not.
 */
export function CodeEditor({ value, onChange, language, label, faults, words }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor>(undefined)
  const latest = useRef({ value, onChange, faults })
  latest.current = { value, onChange, faults }
  /** Texts that were told and have not come back as `value` yet. */
  const told = useRef<string[]>([])
  const isReadOnly = onChange === undefined
  useEffect(() => {
    const element = host.current
    if (!element) return undefined
    const closing = new AbortController()
    // the page is there before the editor, which is larger than all the rest of it
    void import('./open-editor.ts').then(({ openEditor }) => {
      if (closing.signal.aborted) return
      const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
      told.current = []
      const change = (changed: string) => {
        told.current.push(changed)
        latest.current.onChange?.(changed)
      }
      const text = latest.current.value
      const opened = openEditor(root, { text, language, label, isReadOnly, words, change })
      opened.setFaults(latest.current.faults ?? [])
      editor.current = opened
      closing.signal.addEventListener('abort', () => opened.close())
    })
    return () => {
      closing.abort()
      editor.current = undefined
    }
  }, [language, label, isReadOnly, words])
  useEffect(() => {
    // what a person typed comes back late: it must not take away what they have typed since
    const at = told.current.indexOf(value)
    told.current = at < 0 ? [] : told.current.slice(at + 1)
    if (at < 0) editor.current?.setText(value)
  }, [value])
  useEffect(() => editor.current?.setFaults(faults ?? []), [faults])
  return <div ref={host} className="code" />
}
