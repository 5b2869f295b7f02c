// How much memory Node may take before it collects garbage. Node's own choice is for short programs: a server of
// devices that come and go would spend a tenth of its time on collections.

/** A machine or container with less is left with Node's choice. */
const roomyMiB = 2048

const options = ['--initial-old-space-size=256', '--min-semi-space-size=16', '--max-semi-space-size=32']

/**
 * For a server with so much memory; none when whoever starts it has said something about memory.
 * @param {{ memoryBytes: number, given: readonly string[] }} facts `given` is what Node was started with
 * @returns {string[]}
 */
export function heapOptions({ memoryBytes, given }) {
  if (memoryBytes < roomyMiB * 1024 * 1024) return []
  return given.some((option) => /-(?:space|heap)-size/.test(option)) ? [] : options
}
