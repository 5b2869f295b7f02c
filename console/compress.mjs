// Compresses what the build left, once, so that the server never has to.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const directory = new URL('dist/assets/', import.meta.url)
for (const name of readdirSync(directory)) {
  if (!/\.(js|css|svg)$/.test(name)) continue
  const bytes = readFileSync(new URL(name, directory))
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  writeFileSync(new URL(`${name}.br`, directory), brotliCompressSync(bytes, { params }))
  writeFileSync(new URL(`${name}.gz`, directory), gzipSync(bytes, { level: 9 }))
}
