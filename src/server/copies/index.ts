export { Copies, type CopiesOptions, type CopiesStats } from './copies.ts'
export { restoreCopies, verifyCopies } from './restoring/restore-copies.ts'
