/** CodeMirror, set up for the pages of the console. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completeFromList,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap, linter, type Diagnostic } from '@codemirror/lint'
import { Annotation, Compartment, EditorState, StateEffect, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { languages, type Language, type LanguageParts } from './editor-languages.ts'
import { colors, theme } from './editor-theme.ts'

/** A place in the text, by offsets, and what is wrong there. */
export interface Fault {
  from: number
  to: number
  message: string
  severity: 'error' | 'warning'
}

export interface EditorOptions {
  text: string
  language: Language
  label: string
  isReadOnly: boolean
  /** Offered as one types. */
  words?: readonly { label: string; detail?: string }[] | undefined
  /** Told of each change that a person makes. */
  change: (text: string) => void
}

export interface Editor {
  /** Does nothing when it is the text already. */
  setText: (text: string) => void
  setFaults: (faults: readonly Fault[]) => void
  close: () => void
}

/** What is known to be wrong with the text; `language` once it is loaded. */
interface Known {
  language?: LanguageParts
  faults: readonly Fault[]
}

const isByProgram = Annotation.define<boolean>()
const lookAgain = StateEffect.define<null>()
const lintAfterMs = 300

export function openEditor(root: ShadowRoot, options: EditorOptions): Editor {
  const language = new Compartment()
  const known: Known = { faults: [] }
  const extensions = [...editing(options), language.of([]), watching(options, known)]
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: options.text, extensions }),
  })
  const opening = new AbortController()
  void languages[options.language]().then((parts) => {
    if (opening.signal.aborted) return
    known.language = parts
    view.dispatch({ effects: [language.reconfigure(parts.extension), lookAgain.of(null)] })
  })
  return {
    setText: (insert) => {
      const { doc } = view.state
      if (doc.toString() === insert) return
      view.dispatch({ changes: { from: 0, to: doc.length, insert }, annotations: isByProgram.of(true) })
    },
    setFaults: (faults) => {
      known.faults = faults
      view.dispatch({ effects: lookAgain.of(null) })
    },
    close: () => {
      opening.abort()
      view.destroy()
    },
  }
}

/** Marks faults, and tells of what a person changes. */
function watching({ change }: EditorOptions, known: Known): Extension[] {
  return [
    linter((view) => findFaults(view, known), {
      delay: lintAfterMs,
      needsRefresh: ({ transactions }) =>
        transactions.some(({ effects }) => effects.some((effect) => effect.is(lookAgain))),
    }),
    EditorView.updateListener.of(({ docChanged, transactions, state }) => {
      const isTyped = transactions.some((transaction) => !transaction.annotation(isByProgram))
      if (docChanged && isTyped) change(state.doc.toString())
    }),
  ]
}

/** Tab leaves the editor, as on every page; Escape closes what it has opened. */
function editing({ label, isReadOnly, words }: EditorOptions): Extension[] {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    highlightSpecialChars(), // also those that turn the direction of text
    bracketMatching(),
    syntaxHighlighting(colors),
    theme,
    EditorView.lineWrapping,
    replaceByHand,
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
    ]),
    ...(isReadOnly
      ? [EditorState.readOnly.of(true)]
      : [
          closeBrackets(),
          indentOnInput(),
          lintGutter(),
          autocompletion(words ? { override: [completeFromList([...words])] } : {}),
        ]),
  ]
}

/**
 * What is typed over a selection: a browser would keep its colours in style attributes, which the content security policy
 * does not let be.
 */
const replaceByHand = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data, inputType, isComposing } = event
    const { from, to } = selectedIn(view)
    if (inputType !== 'insertText' || data === null || from === to || isComposing) return false
    event.preventDefault()
    const insert = () =>
      view.state.update({
        changes: { from, to, insert: data },
        selection: { anchor: from + data.length },
        userEvent: 'input.type',
        scrollIntoView: true,
      })
    const handlers = view.state.facet(EditorView.inputHandler)
    if (!handlers.some((handle) => handle(view, from, to, data, insert))) view.dispatch(insert())
    return true
  },
})

/** As the page has it: the editor hears of a change a moment later. */
function selectedIn(view: EditorView): { from: number; to: number } {
  // Chromium has it on the shadow root, others on the document alone
  const root = view.root as ShadowRoot & { getSelection?: () => Selection | null }
  const { anchorNode, anchorOffset = 0, focusNode, focusOffset = 0 } = root.getSelection?.() ?? {}
  if (
    !anchorNode ||
    !focusNode ||
    !view.contentDOM.contains(anchorNode) ||
    !view.contentDOM.contains(focusNode)
  )
    return view.state.selection.main
  const ends = [view.posAtDOM(anchorNode, anchorOffset), view.posAtDOM(focusNode, focusOffset)]
  return { from: Math.min(...ends), to: Math.max(...ends) }
}

/** What does not parse goes first: whatever else is known was found in another text. */
function findFaults(view: EditorView, { language, faults }: Known): Diagnostic[] {
  const { length } = view.state.doc
  const unparsed = length === 0 ? [] : (language?.findFaults?.(view) ?? [])
  return unparsed.length > 0
    ? unparsed
    : faults.filter(({ to }) => to <= length).map((fault) => ({ ...fault }))
}
