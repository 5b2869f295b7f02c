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
  it.each(pages)('%s links to files that are there', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) =>
      posix.join(posix.dirname(page), path!),
    )
    expect(links.filter((path) => !existsSync(path))).toEqual([])
  })
})
