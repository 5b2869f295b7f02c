export { certificateProviderArn, type CertificateProvider } from './certificate-provider.ts'
export { certificateProvidersOperations } from './operations.ts'
export { certificateProvidersPermissions } from './permissions.ts'
export { findCertificateProvider } from './store.ts'
