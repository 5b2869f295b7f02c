/** Source: AWS IoT Developer Guide, "Device Shadow error messages". */

export class ShadowError extends Error {
  override readonly name = 'ShadowError'
  /** Of the error response document; an HTTP status. */
  readonly code: ShadowErrorCode

  constructor(code: ShadowErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export type ShadowErrorCode = 400 | 404 | 409 | 413 | 415 | 429 | 500

export const shadowErrors = {
  invalidJson: () => new ShadowError(400, 'Invalid JSON'),
  stateMissing: () => new ShadowError(400, 'Missing required node: state'),
  stateNotObject: () => new ShadowError(400, 'State node must be an object'),
  sectionNotObject: (section: 'desired' | 'reported') =>
    new ShadowError(400, `${section === 'desired' ? 'Desired' : 'Reported'} node must be an object`),
  invalidVersion: () => new ShadowError(400, 'Invalid version'),
  invalidClientToken: () => new ShadowError(400, 'Invalid clientToken'),
  tooDeep: (levels: number) =>
    new ShadowError(400, `JSON contains too many levels of nesting; maximum is ${levels}`),
  invalidNode: (name?: string) =>
    new ShadowError(
      400,
      `State contains an invalid node${name === undefined ? '' : `: '${name.slice(0, 100)}'`}`,
    ),
  // assumed: AWS documents no text for names in a topic that nothing can be called
  invalidName: (what: 'thingName' | 'shadowName') => new ShadowError(400, `Invalid ${what}`),
  /** The thing's name, or `<thing>~<shadow>`, as AWS writes it. */
  notFound: (name: string) => new ShadowError(404, `No shadow exists with name: '${name}'`),
  conflict: () => new ShadowError(409, 'Version conflict'),
  tooLarge: () => new ShadowError(413, 'The payload exceeds the maximum size allowed'),
  unsupportedEncoding: () =>
    new ShadowError(415, 'Unsupported documented encoding; supported encoding is UTF-8'),
  // assumed: the text; AWS documents the code
  tooManyRequests: () => new ShadowError(429, 'Too many requests'),
  internal: () => new ShadowError(500, 'Internal service failure'),
}
