/** The answer of ListObjectsV2. Source: Amazon S3 API Reference, "ListObjectsV2". */

export interface ListedObject {
  key: string
  size: number
  /** Epoch milliseconds. */
  modifiedAt: number
}

/** @throws {Error} for a text that is no list */
export function parseObjectList(xml: string): { objects: ListedObject[]; next: string | undefined } {
  if (!/<ListBucketResult[\s>]/.test(xml)) throw new Error('the answer is no list of objects')
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, text = '']) => ({
    key: textIn(text, 'Key') ?? '',
    size: Number(textIn(text, 'Size')),
    modifiedAt: Date.parse(textIn(text, 'LastModified') ?? ''),
  }))
  const goesOn = textIn(xml, 'IsTruncated') === 'true'
  return { objects, next: goesOn ? textIn(xml, 'NextContinuationToken') : undefined }
}

function textIn(xml: string, element: string): string | undefined {
  const [, text] = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml) ?? []
  return text?.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, decodeEntity)
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeEntity(all: string, hex?: string, decimal?: string, name?: string): string {
  if (name !== undefined) return entities[name] ?? all
  return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
}
