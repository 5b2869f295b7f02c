/** How a part lets be told what it does, without knowing who is told. Absent, nothing is told and nothing costs. */
export type TraceAttributes = Readonly<Record<string, string | number | boolean | undefined>>

interface TracedWork {
  /** Of few kinds: what differs from one to the next is in the attributes. */
  name: string
  /** `server`: somebody else asked for it, and waits. */
  kind?: 'server' | 'internal'
  attributes?: TraceAttributes
  /** Of W3C Trace Context, as the caller gave it. */
  traceparent?: string | undefined
}

/** More about work that is under way. `failed`: by our fault, not by whoever asked for it. */
type TellTrace = (attributes: TraceAttributes, failed?: boolean) => void

/** Does the work as one span: within the one that it is part of, else by itself. Passes on what the work resolves with, or throws. */
export type Trace = <T>(about: TracedWork, work: (tell: TellTrace) => Promise<T>) => Promise<T>

/** For whoever may have none. */
export const untraced: Trace = (_, work) => work(() => {})
