export interface CertificatesTables {}
