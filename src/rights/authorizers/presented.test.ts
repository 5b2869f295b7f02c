import { expect, it } from 'vitest'
import { namedAuthorizer, presentedSignature, presentedToken, type Presented } from './presented.ts'

const byUser = (username: string): Presented => ({ mqtt: { username } })
const byQuery = (queryString: string): Presented => ({ http: { headers: [], queryString } })
const byHeaders = (...headers: [string, string][]): Presented => ({ http: { headers, queryString: '' } })

it.each<[string, Presented, string | undefined]>([
  ['a user name', byUser('ann?x-amz-customauthorizer-name=gate'), 'gate'],
  ['a user name that is a query alone', byUser('?a=b&x-amz-customauthorizer-name=gate&c'), 'gate'],
  ['an encoded name', byUser('?x-amz-customauthorizer-name=my%3Dgate'), 'my=gate'],
  ['a query', byQuery('x-amz-customauthorizer-name=gate&a=b'), 'gate'],
  ['a header in any case', byHeaders(['X-Amz-CustomAuthorizer-Name', 'gate']), 'gate'],
  [
    'a header before a query',
    {
      http: {
        headers: [['x-amz-customauthorizer-name', 'one']],
        queryString: 'x-amz-customauthorizer-name=two',
      },
    },
    'one',
  ],
  [
    'a query before a user name',
    { ...byQuery('x-amz-customauthorizer-name=two'), ...byUser('?x-amz-customauthorizer-name=three') },
    'two',
  ],
  ['no user name', { mqtt: {} }, undefined],
  ['a user name without a query', byUser('x-amz-customauthorizer-name=gate'), undefined],
  ['a query in another case', byQuery('X-Amz-CustomAuthorizer-Name=gate'), undefined],
  ['nothing', {}, undefined],
])('finds the authorizer in %s', (_, presented, name) => {
  expect(namedAuthorizer(presented)).toBe(name)
})

it.each<[string, Presented, string | undefined]>([
  ['as it is', byUser('?x-amz-customauthorizer-signature=a+b/c=='), 'a+b/c=='],
  ['percent-encoded', byUser('?x-amz-customauthorizer-signature=a%2Bb%2Fc%3D%3D'), 'a+b/c=='],
  ['percent-encoded in a header', byHeaders(['x-amz-customauthorizer-signature', 'a%2Bb']), 'a+b'],
  ['with a percent sign that encodes nothing', byQuery('x-amz-customauthorizer-signature=50%'), '50%'],
])('reads a signature %s', (_, presented, signature) => {
  expect(presentedSignature(presented)).toBe(signature)
})

it('takes the token under its own key, a header as it is', () => {
  expect(presentedToken(byUser('?token=a%20b&other=c'), 'token')).toBe('a b')
  expect(presentedToken(byHeaders(['Token', 'a%20b']), 'token')).toBe('a%20b')
  expect(presentedToken(byUser('?token=a'), 'jwt')).toBeUndefined()
})
