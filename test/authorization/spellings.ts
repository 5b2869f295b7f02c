/** Every way to write a resource that somebody might take for its name. */
export function spellings(name: string, arn: string): string[] {
  const [, , service, region, account] = arn.split(':')
  const resource = arn.split(':').slice(5).join(':')
  const at = (partition: string, place: string) => `arn:${partition}:${place}:${resource}`
  const texts = [name, arn]
  const suffixed = texts.flatMap((text) =>
    [':1', ':$LATEST', ':zz', ':live', ':*', ':', '/', '/x', ' ', '%20'].map((suffix) => text + suffix),
  )
  return [
    ...new Set([
      ...texts,
      ...texts.flatMap((text) => [text.toUpperCase(), text.toLowerCase()]),
      ...['aws-cn', 'aws-us-gov', 'aws-x', 'AWS', 'aws*', ''].map((partition) =>
        at(partition, `${service}:${region}:${account}`),
      ),
      at('aws', `${service}:eu-west-1:${account}`),
      at('aws', `${service}:${region}:111111111111`),
      at('aws', `${service}::${account}`),
      at('aws', `${service}:${region}:`),
      at('aws', `other:${region}:${account}`),
      resource,
      `${account}:${resource}`,
      ...suffixed,
      `${resource}:1`,
      `${account}:${resource}:zz`,
      `0x${name}`,
      ` ${name}`,
      `/${name}`,
      `./${name}`,
      `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    ]),
  ]
}
