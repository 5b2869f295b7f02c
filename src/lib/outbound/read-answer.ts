import type { Readable } from 'node:stream'

/** @throws {Error} when it is longer, or ends too early */
export async function readAnswer(answer: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`) // leaving the loop closes it
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
