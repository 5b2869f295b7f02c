/** What the API may ask and do about clients, at whichever node of a cluster they are. */
import { AwsError } from '../api/aws/errors.ts'
import { askOthers as askNodes, type Cluster } from '../fabric/cluster/index.ts'
import type { Connections } from '../gateway/ports/index.ts'

type Asked = Extract<keyof Connections, string>
type Given<Name extends Asked> = Parameters<Connections[Name]>
type Answered<Name extends Asked> = Awaited<ReturnType<Connections[Name]>>

type Nodes = Pick<Cluster, 'nodeName' | 'members' | 'questions'>

const kind = 'connections'
const answerWithinMs = 2000

/** Also answers what other nodes ask of this one. */
export function connectionsOfNodes(
  nodes: Nodes,
  own: () => Connections | undefined,
): () => Connections | undefined {
  nodes.questions.onAsked(kind, async ({ name, given }: { name: Asked; given: never[] }) => {
    const connections = own()
    const ask = connections?.[name] as ((...given: never[]) => unknown) | undefined
    return { value: await ask?.(...given) }
  })
  return () => {
    const here = own()
    return here && ofAllNodes(nodes, here)
  }
}

function ofAllNodes(nodes: Nodes, here: Connections): Connections {
  return {
    find: async (...given) =>
      (await here.find(...given)) ??
      newest(await askOthers(nodes, 'find', given), (found) => found?.connectedAt),
    async findEnded(...given) {
      const all = [await here.findEnded(...given), ...(await askOthers(nodes, 'findEnded', given))]
      return newest(all, (ended) => ended?.at)
    },
    async list(...given) {
      const lists = [await here.list(...given), ...(await askOthers(nodes, 'list', given))]
      const byId = new Map(lists.flatMap((lines) => lines ?? []).map((line) => [line.clientId, line]))
      const sorted = [...byId.values()].toSorted((one, other) => (one.clientId < other.clientId ? -1 : 1))
      return sorted.slice(0, given[1].limit)
    },
    end: async (...given) =>
      (await here.end(...given)) || (await askOthers(nodes, 'end', given)).includes(true),
    listSubscriptions: async (...given) =>
      (await here.listSubscriptions(...given)) ??
      (await askOthers(nodes, 'listSubscriptions', given)).find((one) => one !== undefined),
    sendDirect: async (...given) =>
      (await here.sendDirect(...given)) ??
      (await askOthers(nodes, 'sendDirect', given, given[2].confirmWithinMs)).find(
        (one) => one !== undefined,
      ),
  }
}

/** @throws {AwsError} `ServiceUnavailableException` when one that is a member does not answer: nobody knows what it has */
async function askOthers<Name extends Asked>(
  nodes: Nodes,
  name: Name,
  given: Given<Name>,
  takesMs = 0,
): Promise<(Answered<Name> | undefined)[]> {
  const asked = await askNodes(nodes, kind, { name, given }, answerWithinMs + takesMs)
  return asked.map(({ nodeName, answer }) => {
    if (answer === undefined)
      throw new AwsError(
        'ServiceUnavailableException',
        `the node ${nodeName} does not answer; ask again in some seconds`,
      )
    return (answer as { value: Answered<Name> | undefined }).value // undefined also where devices cannot connect yet
  })
}

function newest<Found>(found: readonly Found[], at: (one: Found) => number | undefined): Found | undefined {
  return found
    .filter((one) => one !== undefined)
    .toSorted((one, other) => (at(other) ?? 0) - (at(one) ?? 0))[0]
}
