import { showTime } from './time.ts'

/** A time in a cell of a table, which is as wide as it is. */
export const Time = ({ at }: { at: number | string | undefined }) => (
  <span className="unbroken">{showTime(at)}</span>
)
