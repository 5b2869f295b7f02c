/** Whoever has the key of a cluster hears the frames that are for one of its nodes, as that node does. */
import { readFileSync } from 'node:fs'
import { busKeyOf, openBus } from '../../src/fabric/cluster/bus.ts'
import type { TestCluster } from '../helpers/cluster.ts'

/** Until it is disposed of. */
export async function readAlong(
  { keyFile, nats }: Pick<TestCluster, 'keyFile' | 'nats'>,
  nodeName: string,
  hear: (frame: Uint8Array) => void,
): Promise<AsyncDisposable> {
  const bus = await openBus({ url: nats, key: busKeyOf(readFileSync(keyFile)), nodeName, log: { warn() {} } })
  bus.onFrame(hear)
  return bus
}
