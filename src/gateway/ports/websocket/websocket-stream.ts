import { Duplex } from 'node:stream'
import { WebSocket } from 'ws'

/** Why the server gave the WebSocket up; the client has been told in a close frame. */
export interface StreamFault {
  kind: 'protocol' | 'limit'
  error: string
}

const unsupportedData = 1003
const normalClosure = 1000
/** What `ws` says when no close frame came. */
const abnormalClosure = 1006

const limitCodes = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
  'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
])

/**
 * The bytes inside binary frames as one stream: MQTT packets may begin and end anywhere in them.
 * [MQTT-6.0.0-1] [MQTT-6.0.0-2] A client that does not read makes `write` return false until it does, and one
 * that is not read from is not taken more from than one message.
 */
export class WebSocketStream extends Duplex {
  readonly #webSocket: WebSocket
  /** Called once at most. */
  readonly #onFault: (fault: StreamFault) => void
  #isOurClose = false
  #isClosedByClient = false

  constructor(webSocket: WebSocket, onFault: (fault: StreamFault) => void) {
    super({ allowHalfOpen: false })
    this.#webSocket = webSocket
    this.#onFault = onFault
    webSocket.on('message', (data, isBinary) => this.#take(data, isBinary))
    webSocket.on('error', (cause: NodeJS.ErrnoException) => this.#giveUp(cause))
    webSocket.on('close', (code) => {
      this.#isClosedByClient = !this.#isOurClose && code !== abnormalClosure
      if (!this.destroyed) this.push(null)
    })
  }

  /** At the end of the stream: true when the client took its leave with a close frame. */
  get isClosedByClient(): boolean {
    return this.#isClosedByClient
  }

  override _read(): void {
    if (this.#webSocket.isPaused) this.#webSocket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (cause?: Error | null) => void): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return done() // nobody is left to read it
    this.#webSocket.send(chunk, { binary: true }, (cause) => done(cause))
  }

  override _final(done: () => void): void {
    this.#close(normalClosure)
    done()
  }

  override _destroy(cause: Error | null, done: (cause?: Error | null) => void): void {
    this.#webSocket.terminate()
    done(cause)
  }

  #take(data: unknown, isBinary: boolean): void {
    if (this.#isOurClose || this.destroyed) return
    if (isBinary) {
      if (!this.push(data)) this.#webSocket.pause()
      return
    }
    this.#close(unsupportedData, 'MQTT needs binary frames') // [MQTT-6.0.0-1]
    this.#onFault({ kind: 'protocol', error: 'a text frame came; MQTT needs binary frames' })
  }

  /** `ws` has sent the close frame. */
  #giveUp({ code = '', message }: NodeJS.ErrnoException): void {
    if (this.#isOurClose) return
    this.#isOurClose = true
    this.#onFault({ kind: limitCodes.has(code) ? 'limit' : 'protocol', error: message })
  }

  #close(code: number, reason?: string): void {
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#isOurClose = true
    this.#webSocket.close(code, reason)
  }
}
