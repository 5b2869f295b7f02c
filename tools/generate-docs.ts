/** Writes what is made from code: docs/configuration.md, docs/reason-codes.md, docs/muster.1, packaging/grafana/muster.json. */
import { writeFileSync } from 'node:fs'
import { grafanaBoard } from './grafana-board.ts'
import { manualPage } from './manual-page.ts'
import { configurationPage, reasonCodesPage } from './reference-pages.ts'

writeFileSync('docs/configuration.md', configurationPage())
writeFileSync('docs/reason-codes.md', reasonCodesPage())
writeFileSync('docs/muster.1', manualPage())
writeFileSync('packaging/grafana/muster.json', grafanaBoard())
