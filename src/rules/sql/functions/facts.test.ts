/** Expected results as the AWS IoT Developer Guide, "AWS IoT SQL reference", gives them. */
import { describe, expect, it } from 'vitest'
import { resultOf, undefinedText } from '../testing/test-expressions.ts'

describe('facts about the message', () => {
  it.each([
    ['accountid()', '"123456789012"'],
    ['clientid()', '"sensor-1"'],
    ['newuuid()', '"123a4567-b89c-12d3-e456-789012345000"'],
    ['principal()', '"ba67293af50bf2506f5f93469686da660c7c844e7b3950bfb16813e0d31e9373"'],
    ['sourceip()', '"192.158.1.38"'],
    ['sql_version()', '"2016-03-23"'],
    ['topic()', '"things/myThings/thingOne"'],
    ['topic(1)', '"things"'],
    ["topic('3')", '"thingOne"'],
    ['topic(4)', undefinedText],
    ['topic(0)', undefinedText],
    ['traceid()', '"12345678-1234-1234-1234-123456789012"'],
    ["get_user_properties('some key')", '["some value","value with duplicate key"]'],
    ["get_user_properties('none')", undefinedText],
    ["get_user_properties('toString')", undefinedText],
    [
      'get_user_properties()',
      '[{"some key":"some value"},{"some key":"value with duplicate key"},{"other key":"a different value"}]',
    ],
    ["get_mqtt_property('content_type')", '"text/plain"'],
    ["get_mqtt_property('format_indicator')", '"UTF8_DATA"'],
    ["get_mqtt_property('response_topic')", undefinedText],
    ["get_mqtt_property('correlation_data')", '"YWJj"'],
    ["get_mqtt_property('other')", undefinedText],
  ])('%s is %s', (expression, expected) => expect(resultOf(expression)).toBe(expected))
})
