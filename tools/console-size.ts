/** `npm run console:size`: what each page of the console weighs, against its limit. */
import { measureConsole } from './console-sizes.ts'

const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1).padStart(7)} KB`

for (const { page, bytes, limit } of measureConsole())
  console.log(`${kilobytes(bytes)} of ${kilobytes(limit)}${bytes > limit ? ' TOO MUCH' : ''}  ${page}`)
