/** How the editor looks, in light and in dark: the page's `color-scheme` decides. */
import { HighlightStyle } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const line = 'light-dark(#c6c6cd, #424650)'
const panel = 'light-dark(#ffffff, #1b232d)'
const faint = 'light-dark(#f6f6f9, #232b37)'
const ink = 'light-dark(#0f141a, #dedee3)'
const chosen = 'light-dark(#b8e7ff, #33507a)'
const accent = 'light-dark(#006ce0, #42b4ff)'

export const theme = EditorView.theme({
  '&': {
    color: ink,
    backgroundColor: panel,
    border: `1px solid ${line}`,
    borderRadius: '8px',
    fontSize: '13px',
    overflow: 'hidden',
  },
  '&.cm-focused': { outline: `2px solid ${accent}` },
  '.cm-scroller': {
    fontFamily: 'Menlo, Consolas, monospace',
    lineHeight: '1.5',
    maxHeight: '32rem',
    overflow: 'auto',
  },
  '.cm-content': { caretColor: ink, minHeight: '6rem' },
  '.cm-line': { padding: '0 8px 0 6px' },
  '.cm-cursor': { borderLeftColor: ink },
  '.cm-gutters': {
    backgroundColor: faint,
    color: 'light-dark(#5f6470, #a4a4ad)',
    borderRight: `1px solid ${line}`,
  },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '.cm-activeLineGutter': { backgroundColor: faint, color: ink },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: chosen,
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: chosen },
  '.cm-tooltip': { color: ink, backgroundColor: panel, border: `1px solid ${line}`, borderRadius: '8px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: ink, backgroundColor: chosen },
  '.cm-diagnostic': { padding: '4px 8px' },
})

export const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'light-dark(#004a9e, #75cfff)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'light-dark(#00612a, #75d59f)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'light-dark(#8a1f6e, #f5b0e1)' },
  { tag: tags.keyword, color: 'light-dark(#6b21c8, #c9b3ff)' },
  { tag: tags.comment, color: 'light-dark(#5f6470, #a4a4ad)', fontStyle: 'italic' },
])
