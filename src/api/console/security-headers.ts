/** What a browser is told about the console's pages. */
const common = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** Source: W3C Content Security Policy Level 3. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** Of a page. */
export const pageHeaders: Record<string, string> = {
  ...common,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': contentSecurityPolicy,
}

/** Of an answer that is data. */
export const dataHeaders: Record<string, string> = { ...common, 'cache-control': 'no-store' }

/** Of a file whose name holds the hash of what is in it. */
export const fileHeaders: Record<string, string> = common
