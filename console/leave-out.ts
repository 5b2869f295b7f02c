/** What the component kit brings along and the console never shows. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

/** Parts of other components that speak. */
const inner = [
  'button-group',
  'drawer',
  'dropdown',
  'error-boundary',
  'file-dropzone',
  'file-input',
  'file-token-group',
  'list',
  'panel-resize-handle',
  'split-panel',
  'token-group',
  'tooltip',
]

function usedComponents(): Set<string> {
  const directory = new URL('src/', import.meta.url)
  const sources = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  )
  const texts = sources.map((file) => readFileSync(new URL(file, directory), 'utf8'))
  const names = texts.flatMap((text) =>
    [...text.matchAll(/@cloudscape-design\/components\/([a-z-]+)'/g)].map(([, name = '']) => name),
  )
  return new Set([...names, ...inner])
}

/** The texts of components that are used, without those of the others. */
export function usedMessages(): Plugin {
  return {
    name: 'used-messages',
    transform(code, id) {
      if (!/i18n\/messages\/all\.en\.js$/.test(id)) return undefined
      const used = usedComponents()
      const all = JSON.parse(code.slice(code.indexOf('{'), code.lastIndexOf('}') + 1)) as Record<
        string,
        Record<string, Record<string, unknown>>
      >
      for (const [domain, locales] of Object.entries(all))
        for (const [locale, messages] of Object.entries(locales))
          all[domain]![locale] = Object.fromEntries(
            Object.entries(messages).filter(([component]) => used.has(component)),
          )
      return { code: `export default ${JSON.stringify(all)}`, map: null }
    },
  }
}

/** Lists that a person sorts by dragging: the library for it is larger than any page here. */
export function nothingSortable(): Plugin {
  return {
    name: 'nothing-sortable',
    load(id) {
      if (!/components\/internal\/components\/sortable-area\/index\.js$/.test(id)) return undefined
      return "export default () => { throw new Error('no list of the console is sortable') }"
    },
  }
}
