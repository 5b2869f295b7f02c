export { openCaEnds, type CaEnd } from './ca-ends.ts'
export { startExpiryNotices } from './expiry.ts'
