/** MD2, which OpenSSL no longer has. Source: RFC 1319. */

const blockBytes = 16

/** The permutation of the RFC, made there from the digits of pi. */
const substitution = Uint8Array.from(
  Buffer.from(
    '292e43c9a2d87c013d3654a1ecf0061362a705f3c0c7738c98932bd9bc4c82ca1e9b573cfdd4e01667426f188a17e512' +
      'be4ec4d6da9ede49a0fbf58ebb2fee7aa968799115b2073f94c210890b225f21807f5d9a5a903227353ecce7bff79703' +
      'ff1930b348a5b5d1d75e922aac56aac64fb838d296a47db676fc6be29c7404f1459d705964718720865bcf65e62da802' +
      '1b6025adaeb0b9f61c46616934407e0f5547a323dd51af3ac35cf9cebac5ea262c530d6e85288409d3dfcdf441814d52' +
      '6adc37c86cc1abfa24e17b080cbdb14a7888958be363e86de9cbd5fe3b001d39f2efb70e6658d0e4a67772f8eb754b0a' +
      '314450b48fed1f1adb998d339f118314',
    'hex',
  ),
)

const substitute = (index: number): number => substitution[index & 0xff] ?? 0

/** 32 lowercase hex digits. */
export function md2(input: Uint8Array): string {
  const padding = blockBytes - (input.length % blockBytes)
  const message = new Uint8Array(input.length + padding + blockBytes)
  message.set(input)
  message.fill(padding, input.length, input.length + padding)
  appendChecksum(message)
  const state = new Uint8Array(blockBytes * 3)
  for (let start = 0; start < message.length; start += blockBytes)
    digestBlock(state, message.subarray(start, start + blockBytes))
  return Buffer.from(state.subarray(0, blockBytes)).toString('hex')
}

function appendChecksum(message: Uint8Array): void {
  const checksum = message.subarray(message.length - blockBytes)
  let last = 0
  for (let at = 0; at < message.length - blockBytes; at++) {
    const place = at % blockBytes
    last = (checksum[place] ?? 0) ^ substitute((message[at] ?? 0) ^ last)
    checksum[place] = last
  }
}

const rounds = 18

function digestBlock(state: Uint8Array, block: Uint8Array): void {
  for (const [place, byte] of block.entries()) {
    state[blockBytes + place] = byte
    state[blockBytes * 2 + place] = byte ^ (state[place] ?? 0)
  }
  let last = 0
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < state.length; place++) {
      last = (state[place] ?? 0) ^ substitute(last)
      state[place] = last
    }
    last = (last + round) & 0xff
  }
}
