/** Writes the reference pages that are made from code: docs/configuration.md, docs/reason-codes.md, docs/muster.1. */
import { writeFileSync } from 'node:fs'
import { manualPage } from './manual-page.ts'
import { configurationPage, reasonCodesPage } from './reference-pages.ts'

writeFileSync('docs/configuration.md', configurationPage())
writeFileSync('docs/reason-codes.md', reasonCodesPage())
writeFileSync('docs/muster.1', manualPage())
