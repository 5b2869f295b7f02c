/** `muster` as tests start it. */
import { resolve } from 'node:path'

export const programVariable = 'MUSTER_TEST_PROGRAM'

/** The file that Node runs: brought together in a few files (`staged-program.ts`), which starts in half the time, or the checkout's. */
export const musterProgram = process.env[programVariable] ?? resolve('bin/muster.js')
