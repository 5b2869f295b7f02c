export { workOnCertificate, type DeviceCertificate } from './certificate.ts'
export { findAccountOf } from './account-of.ts'
export type { CaCertificate } from './ca-certificate.ts'
export { checkDeviceCertificate, checkPresentedCertificate } from './device-certificate.ts'
export { checkNotExpired, describeName, isSignedBy } from './proof.ts'
export { findIssuerByName, getIssuer } from './issuer-lookup.ts'
export { countCasWithTemplate, findCaCertificate, findCasBySubject, getCaCertificate } from './ca-store.ts'
export {
  deleteCertificate,
  findCertificate,
  findOwnOrOffered,
  getCertificate,
  listEndedClaims,
  registerCertificate,
  registerPendingCertificate,
  registerUnprovisioned,
} from './store.ts'
export { activateCertificate, setApproved, setPendingReason } from './status-store.ts'
export { DeviceLimitReached, findDeviceCount } from './ca-devices-store.ts'
export {
  findLatestOfKey,
  findLatestOfName,
  listRetiring,
  replaceCertificate,
  retireCertificate,
} from './renewal-store.ts'
export { dueNotice, noticeDays, type NoticeDays } from './expiry-notices.ts'
export {
  endingCas,
  endingCertificates,
  listCaEnds,
  takeEnding,
  type CaEnd,
  type CaEndsPage,
  type EndingKind,
} from './expiry-store.ts'
export { makeSampleCertificate, type SampleSubject } from './sample-certificate.ts'
export { rememberCas, type FindCasBySubject } from './known-cas.ts'
export { rememberCertificates, type KnownCertificates } from './known-certificates.ts'
export { openIssuer, type Issuer } from './issuer.ts'
export { readCsr } from './signing-request.ts'
export { findByText } from './find-store.ts'
export { listRegistered, listWaiting } from './list-store.ts'
export { certificatesOperations } from './operations.ts'
export { checkNotInTransfer } from './certificate-states.ts'
export { transfersOperations } from './transfers/operations.ts'
export { findReceiver } from './transfers/transfer-store.ts'
export { caCertificatesOperations } from './ca-certificates-operations.ts'
export { endpointOperations, endpointPermissions } from './endpoint-operations.ts'
export { caCertificatesPermissions, certificatesPermissions, transfersPermissions } from './permissions.ts'
