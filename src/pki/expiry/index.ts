export { startExpiryNotices } from './expiry.ts'
