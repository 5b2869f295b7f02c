/**
 * How a function's SDKs find the AWS APIs and trust them. Sources: AWS SDKs and Tools Reference Guide, "Service-specific
 * endpoints" and "General configuration settings" (ca_bundle); Node.js CLI documentation, NODE_EXTRA_CA_CERTS.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'

export interface FunctionApi {
  /** Without a slash at the end. */
  url: string
  /** PEM of the roots to trust for it; absent without TLS. */
  trusted?: string
}

/** The folder, which functions must see, is made here. */
export async function openApiVariables(
  api: () => FunctionApi,
  directory: string,
): Promise<() => Promise<Record<string, string>>> {
  await mkdir(directory, { mode: 0o755 })
  let files: Promise<Record<string, string>> | undefined
  return async () => {
    const { url, trusted } = api()
    const variables = { AWS_ENDPOINT_URL: url }
    if (trusted === undefined) return variables
    files ??= writeTrust(directory, trusted)
    return { ...variables, ...(await files) }
  }
}

/** A function may call others than this server: for Python, whose bundle is all it trusts, those come after. */
async function writeTrust(directory: string, trusted: string): Promise<Record<string, string>> {
  const roots = join(directory, 'roots.pem')
  const bundle = join(directory, 'bundle.pem')
  await writeFile(roots, trusted, { mode: 0o644 })
  await writeFile(bundle, [trusted, ...getCACertificates('default')].join('\n'), { mode: 0o644 })
  return { NODE_EXTRA_CA_CERTS: roots, AWS_CA_BUNDLE: bundle }
}
