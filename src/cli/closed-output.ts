/**
 * Nobody reads any more, as of `muster start | head -3`: what is still said is dropped, and the work goes on. Without
 * a listener Node would end the process, and a server would not even stop in order.
 */
export function tolerateClosed(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
