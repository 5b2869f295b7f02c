/** The files of a function's deployment package, unpacked and packed in the browser. */
import { useQuery } from '@tanstack/react-query'
import { unzipSync, zipSync } from 'fflate'
import { call } from '../../api/call.ts'
import { encodeText, textOf } from '../../kit/bytes.ts'
import { lambda, type FunctionConfiguration } from './function.ts'

/** By their paths. */
export type Files = ReadonlyMap<string, Uint8Array>

/** By their paths what was changed; `undefined`: taken away. */
export type Edits = ReadonlyMap<string, string | undefined>

/** Larger packages are made elsewhere, and sent as they are. */
export const maxEditedBytes = 5 * 1024 * 1024
const maxUnpackedBytes = 40 * 1024 * 1024

interface Got {
  Configuration: FunctionConfiguration
  Code: { Location: string }
}

async function readPackage(FunctionName: string): Promise<Files> {
  const { Code } = await call<Got>(lambda('GetFunction', { FunctionName }))
  const { pathname } = new URL(Code.Location) // whatever name the server is known by, it is this one
  const response = await fetch(pathname)
  if (!response.ok) throw new Error(`the package could not be read: the server answered ${response.status}`)
  return unpack(new Uint8Array(await response.arrayBuffer()))
}

function unpack(archive: Uint8Array): Files {
  let bytes = 0
  const files = unzipSync(archive, {
    filter: ({ name, originalSize }) => {
      bytes += originalSize
      if (bytes > maxUnpackedBytes) throw new Error('the package is too large to be shown here')
      return !name.endsWith('/')
    },
  })
  return new Map(Object.entries(files).toSorted(([a], [b]) => a.localeCompare(b)))
}

/** Read anew when the code is another. */
export const usePackage = ({ FunctionName, CodeSha256, CodeSize = 0 }: FunctionConfiguration) =>
  useQuery({
    queryKey: ['package', FunctionName, CodeSha256],
    queryFn: () => readPackage(FunctionName),
    enabled: CodeSize <= maxEditedBytes,
    staleTime: Infinity,
  })

export function withEdits(files: Files, edits: Edits): Files {
  const edited = new Map(files)
  for (const [path, text] of edits) {
    if (text === undefined) edited.delete(path)
    else edited.set(path, encodeText(text))
  }
  return edited
}

/** As an executable of Unix, so that a `bootstrap` can be run. */
const fileMode = 0o100755
const unix = 3

export const pack = (files: Files): Uint8Array =>
  zipSync(
    Object.fromEntries(
      [...files].map(([path, bytes]) => [path, [bytes, { os: unix, attrs: fileMode << 16 }]]),
    ),
  )

/** Undefined for a file that is no text. */
export const readText = (bytes: Uint8Array | undefined): string | undefined => bytes && textOf(bytes)
