export { startGateway } from './gateway.ts'
export { openServerTls } from './server-certificate.ts'
