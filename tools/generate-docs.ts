/** Writes the reference pages that are made from code: docs/configuration.md and docs/reason-codes.md. */
import { writeFileSync } from 'node:fs'
import { configurationPage, reasonCodesPage } from './reference-pages.ts'

writeFileSync('docs/configuration.md', configurationPage())
writeFileSync('docs/reason-codes.md', reasonCodesPage())
