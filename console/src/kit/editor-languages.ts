/** The languages of the editor, each loaded by whoever needs it. */
import type { Extension } from '@codemirror/state'
import type { Diagnostic } from '@codemirror/lint'
import type { EditorView } from '@codemirror/view'

export interface LanguageParts {
  extension: Extension
  /** What does not parse, and where. */
  findFaults?: (view: EditorView) => Diagnostic[]
}

export type Language = 'json' | 'javascript' | 'sql' | 'text'

export const languages: Record<Language, () => Promise<LanguageParts>> = {
  json: async () => {
    const { json, jsonParseLinter } = await import('@codemirror/lang-json')
    return { extension: json(), findFaults: jsonParseLinter() }
  },
  javascript: async () => ({ extension: (await import('@codemirror/lang-javascript')).javascript() }),
  text: async () => ({ extension: [] }),
  sql: async () => {
    const { sql, StandardSQL } = await import('@codemirror/lang-sql')
    return { extension: sql({ dialect: StandardSQL, upperCaseKeywords: true }) }
  },
}
