/** A call of an AWS operation, or of one of Muster's own (`own-calls.ts`). */
export interface OperationCall {
  service: string
  operation: string
  input?: object
}
