/**
 * Which protocol of its service a request speaks. Newer clients of CloudWatch send CBOR or JSON, older ones forms.
 * Sources: Smithy 2.0, "Smithy RPC v2 CBOR protocol", "AWS JSON 1.0 protocol", "AWS query protocol".
 */
import type { Protocol, ServiceModel } from './model.ts'
import type { WireRequest } from './wire.ts'

/** The model, with the protocol that is read from the request and that it is answered in. */
export function spokenBy(model: ServiceModel, { headers }: Pick<WireRequest, 'headers'>): ServiceModel {
  const protocol = saidProtocol(headers)
  if (protocol === undefined || protocol === model.protocol || !model.protocols.includes(protocol))
    return model
  return { ...model, protocol }
}

function saidProtocol(headers: WireRequest['headers']): Protocol | undefined {
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor'
  return headers['x-amz-target'] === undefined ? undefined : 'json'
}
