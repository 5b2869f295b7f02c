import { existsSync, globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../src/gateway/ports/index.ts'
import { defaultAdmissionLimits } from '../src/onboarding/admission/index.ts'
import { defaultSessionLimits } from '../src/messaging/sessions/index.ts'
import { grafanaBoard } from '../tools/grafana-board.ts'
import { manualPage } from '../tools/manual-page.ts'
import { configurationPage, reasonCodesPage } from '../tools/reference-pages.ts'

describe('documentation', () => {
  it('has the options and reason codes that the code has (node tools/generate-docs.ts)', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toBe(configurationPage())
    expect(readFileSync('docs/reason-codes.md', 'utf8')).toBe(reasonCodesPage())
    expect(readFileSync('docs/muster.1', 'utf8')).toBe(manualPage())
    expect(readFileSync('packaging/grafana/muster.json', 'utf8')).toBe(grafanaBoard())
  })

  it.each(Object.keys({ ...defaultLimits, ...defaultSessionLimits, ...defaultAdmissionLimits }))(
    'docs/limits.md has %s',
    (name) => {
      expect(readFileSync('docs/limits.md', 'utf8')).toContain(`\`${name}\``)
    },
  )

  const pages = globSync('{*.md,docs/**/*.md}')

  it('has no command that leaves a key, or a backup with all of them, where git would take it', () => {
    const ignored = readFileSync('.gitignore', 'utf8').split('\n')
    const made = pages.flatMap((page) => filesMadeBy(readFileSync(page, 'utf8')))
    expect(made).toEqual(expect.arrayContaining(['muster.backup', 'cluster.key', 'hook-secret']))
    const isIgnored = (name: string) => [`/${name}`, `/${name}/`].some((line) => ignored.includes(line))
    expect(made.filter((name) => !isIgnored(name))).toEqual([])
  })

  it.each(pages)('%s links to files that are there', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) =>
      posix.join(posix.dirname(page), path!),
    )
    expect(links.filter((path) => !existsSync(path))).toEqual([])
  })
})

/** By the commands of a page in the directory where they are run; those of a walkthrough have one of their own. */
function filesMadeBy(page: string): string[] {
  if (/cd walkthrough|shell (as|of) /.test(page)) return []
  const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
  const commands = blocks
    .map(([, language, text]) => (language === '' || language === 'sh' ? text : ''))
    .join('')
  return [...commands.matchAll(/(?:>|muster backup|muster restore .*--data-dir) ([a-z][\w.-]*)/g)].map(
    ([, name]) => name!,
  )
}
