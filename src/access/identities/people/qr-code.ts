/** A QR code as a PNG of one bit a dot. Sources: ISO/IEC 18004 (by uqr); W3C Portable Network Graphics, third edition. */
import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

const dotPixels = 4
const quietDots = 4 // ISO/IEC 18004, 6.3.8

export function toQrPng(text: string): Uint8Array {
  const { data } = encode(text, { border: quietDots })
  const side = data.length * dotPixels
  const rows = data.flatMap((dots) => Array.from({ length: dotPixels }, () => toScanLine(dots)))
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([1, 0, 0, 0, 0], 8) // one bit, grey
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Without a filter; a light pixel is 1. */
function toScanLine(dots: readonly boolean[]): Buffer {
  const line = Buffer.alloc(1 + Math.ceil((dots.length * dotPixels) / 8))
  for (let pixel = 0; pixel < dots.length * dotPixels; pixel += 1)
    if (!dots[Math.floor(pixel / dotPixels)])
      line.writeUInt8(line.readUInt8(1 + (pixel >> 3)) | (0x80 >> (pixel & 7)), 1 + (pixel >> 3))
  return line
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
