export { Copies, type CopiesOptions, type CopiesStats } from './copies.ts'
export { openSource } from './open-source.ts'
export { isBucketUrl, parsePlace } from './parse-place.ts'
export { restoreCopies, verifyCopies } from './restoring/restore-copies.ts'
