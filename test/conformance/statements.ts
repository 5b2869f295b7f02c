/**
 * The normative statements that concern a server, in a few words of our own. Sources: MQTT 5.0 Appendix B; MQTT 3.1.1
 * Appendix B. Those that bind clients alone are left out, unless a server has to notice when they are broken.
 */

export interface Statement {
  asks: string
  /** Why no test shows it. */
  reason?: string
}

function parse(prefix: string, lines: string): Map<string, Statement> {
  const rows = lines.trim().split('\n')
  return new Map(
    rows.map((line) => {
      const [id = '', asks = '', reason] = line.split('|').map((part) => part.trim())
      return [`${prefix}-${id}`, reason === undefined ? { asks } : { asks, reason }]
    }),
  )
}

const noUserProperties = 'the server sends no user properties there'
const notOffered = 'enhanced authentication is not offered: a CONNECT that asks for it is refused'
const overTls = 'every test speaks over TLS'

const version5 = parse(
  'MQTT5',
  `
1.5.4-1 | text is well-formed UTF-8
1.5.4-2 | text holds no NUL
1.5.4-3 | U+FEFF is kept wherever it stands
1.5.5-1 | variable byte integers are as short as can be
1.5.7-1 | both halves of a user property are text
2.1.3-1 | reserved flags have the listed value
2.2.1-2 | no packet id with QoS 0
2.2.1-3 | packet ids of clients are not 0
2.2.1-4 | packet ids of the server are not 0 and not in use
2.2.1-5 | PUBACK, PUBREC, PUBREL, PUBCOMP carry the packet id of the PUBLISH
2.2.1-6 | SUBACK and UNSUBACK carry the packet id of what they answer
2.2.2-1 | no properties are written as length 0
3.1.0-1 | the first packet is CONNECT
3.1.0-2 | a second CONNECT ends the connection
3.1.2-1 | the protocol name is MQTT
3.1.2-2 | other versions are refused and closed
3.1.2-3 | the reserved flag of CONNECT is 0
3.1.2-4 | a clean start discards the session
3.1.2-5 | without a clean start the session goes on
3.1.2-6 | without a session there a new one is made
3.1.2-7 | the will is stored with the session
3.1.2-8 | the will is published when the connection ends and its delay has passed
3.1.2-9 | a will flag comes with topic and payload
3.1.2-10 | the will is forgotten once published or after DISCONNECT
3.1.2-11 | no will, no will QoS
3.1.2-12 | a will QoS of 3 is malformed
3.1.2-13 | no will, no will retain
3.1.2-14 | a will is not retained unless it asks
3.1.2-15 | a will is retained when it asks
3.1.2-16 | no user name without its flag
3.1.2-17 | a user name with its flag
3.1.2-18 | no password without its flag
3.1.2-19 | a password with its flag
3.1.2-22 | one and a half keep alives without a packet end the connection
3.1.2-23 | session state is stored while its expiry lasts
3.1.2-24 | nothing above the client's Maximum Packet Size is sent
3.1.2-25 | what is too large counts as sent
3.1.2-26 | topic aliases stay within the client's maximum
3.1.2-27 | no topic aliases for a client that takes none
3.1.2-28 | no response information for a client that does not ask
3.1.2-29 | no reason strings for a client that does not want them
3.1.3-2 | sessions are told apart by client id
3.1.3-3 | a client id is present
3.1.3-4 | a client id is text
3.1.3-5 | ids of 1 to 23 letters and digits are allowed
3.1.3-6 | a client without an id gets one of its own
3.1.3-7 | and is told it
3.1.3-8 | a refused id ends the connection
3.1.3-9 | no will when the client is back before its delay has passed
3.1.3-10 | user properties of a will keep their order
3.1.3-11 | a will topic is text
3.1.3-12 | a user name is text
3.1.4-1 | a malformed CONNECT ends the connection
3.1.4-2 | a CONNECT that is not authorized ends the connection
3.1.4-3 | who has the client id already is told 0x8E and closed
3.1.4-4 | clean start is processed
3.1.4-5 | a good CONNECT gets CONNACK 0
3.1.4-6 | nothing after a refused CONNECT is processed
3.2.0-1 | CONNACK comes before all else
3.2.0-2 | there is one CONNACK
3.2.2-1 | reserved acknowledge flags are 0
3.2.2-2 | session present is 0 after a clean start
3.2.2-3 | session present says whether there was a session
3.2.2-6 | session present is 0 in a refusal
3.2.2-7 | a refusal is followed by the end
3.2.2-8 | reason codes are those of CONNACK
3.2.2-9 | a server without QoS 2 says so
3.2.2-10 | and accepts SUBSCRIBE of QoS 2 all the same | the AWS profile ends the connection, as AWS does; the standard profile offers QoS 2
3.2.2-12 | a will of a QoS that is not offered is refused
3.2.2-13 | a retained will is refused where nothing is retained | messages are retained in both profiles
3.2.2-16 | the assigned client id is in CONNACK and new
3.2.2-17 | aliases of clients stay within the server's maximum
3.2.2-19 | no reason string that makes CONNACK too large
3.2.2-20 | no user properties that make CONNACK too large | ${noUserProperties}
3.2.2-22 | without a server keep alive the client's counts
3.3.1-1 | a message that is sent again has DUP
3.3.1-2 | no DUP with QoS 0
3.3.1-3 | DUP is not passed on
3.3.1-4 | both QoS bits are malformed
3.3.1-5 | a retained message replaces the one before
3.3.1-6 | an empty retained message deletes
3.3.1-7 | and is not stored
3.3.1-8 | without the flag nothing is stored or deleted
3.3.1-9 | Retain Handling 0 sends what is retained | with the AWS profile not for wildcards, as AWS
3.3.1-10 | Retain Handling 1 sends it to new subscriptions
3.3.1-11 | Retain Handling 2 sends nothing
3.3.1-12 | without Retain As Published the flag is 0
3.3.1-13 | with it the flag is as published
3.3.2-1 | the topic is text
3.3.2-2 | the topic holds no wildcards
3.3.2-3 | the topic that is sent matches the filter
3.3.2-4 | the payload format indicator is passed on
3.3.2-5 | expired messages are deleted
3.3.2-6 | the time a message waited is taken off its expiry
3.3.2-7 | aliases end with the connection
3.3.2-8 | alias 0 is an error
3.3.2-9 | an alias above the maximum is an error
3.3.2-11 | the server's aliases stay within the client's maximum
3.3.2-12 | every alias up to the maximum is accepted
3.3.2-13 | the response topic is text
3.3.2-14 | the response topic holds no wildcards
3.3.2-15 | the response topic is passed on
3.3.2-16 | the correlation data is passed on
3.3.2-17 | user properties are passed on
3.3.2-18 | in their order
3.3.2-19 | the content type is text
3.3.2-20 | the content type is passed on
3.3.4-1 | PUBLISH is answered as its QoS asks
3.3.4-2 | overlapping subscriptions count with the highest QoS
3.3.4-3 | subscription identifiers come with the message
3.3.4-4 | those of all filters that match, in one copy
3.3.4-5 | or each in its own copy | one copy is sent
3.3.4-6 | clients send no subscription identifier
3.3.4-7 | a client above the server's Receive Maximum is ended
3.3.4-9 | the server stays within the client's Receive Maximum
3.3.4-10 | other packets do not wait for it
3.4.2-1 | reason codes are those of PUBACK
3.4.2-2 | no reason string that makes PUBACK too large
3.4.2-3 | no user properties that do | ${noUserProperties}
3.5.2-1 | reason codes are those of PUBREC
3.5.2-2 | no reason string that makes PUBREC too large
3.5.2-3 | no user properties that do | ${noUserProperties}
3.6.1-1 | flags of PUBREL are 0010
3.6.2-1 | reason codes are those of PUBREL
3.6.2-2 | no reason string that makes PUBREL too large | the server sends none there
3.6.2-3 | no user properties that do | ${noUserProperties}
3.7.2-1 | reason codes are those of PUBCOMP
3.7.2-2 | no reason string that makes PUBCOMP too large | the server sends none there
3.7.2-3 | no user properties that do | ${noUserProperties}
3.8.1-1 | flags of SUBSCRIBE are 0010
3.8.3-1 | filters are text
3.8.3-2 | SUBSCRIBE has a filter
3.8.3-3 | No Local keeps back what the client published
3.8.3-4 | No Local with a shared subscription is an error
3.8.3-5 | reserved bits of the options are 0
3.8.4-1 | SUBSCRIBE is answered
3.8.4-2 | with its packet id
3.8.4-3 | the same filter replaces the subscription
3.8.4-4 | retained messages come again, and none is lost
3.8.4-5 | several filters are as several SUBSCRIBE, with one answer
3.8.4-6 | with a code for each filter
3.8.4-7 | which is the granted QoS or a refusal
3.8.4-8 | messages come at the lower of both QoS
3.9.2-1 | no reason string that makes SUBACK too large
3.9.2-2 | no user properties that do | ${noUserProperties}
3.9.3-1 | codes are in the order of the filters
3.9.3-2 | codes are those of SUBACK
3.10.1-1 | flags of UNSUBSCRIBE are 0010
3.10.3-1 | filters are text
3.10.3-2 | UNSUBSCRIBE has a filter
3.10.4-1 | filters are compared by their characters
3.10.4-2 | no new messages are added
3.10.4-3 | deliveries that have begun are completed
3.10.4-4 | UNSUBSCRIBE is answered
3.10.4-5 | with its packet id, even when nothing was left
3.10.4-6 | several filters have one answer
3.11.2-1 | no reason string that makes UNSUBACK too large | the server sends none there
3.11.2-2 | no user properties that do | ${noUserProperties}
3.11.3-1 | codes are in the order of the filters
3.11.3-2 | codes are those of UNSUBACK
3.12.4-1 | PINGREQ is answered
3.14.0-1 | no DISCONNECT before CONNACK
3.14.1-1 | flags of DISCONNECT are 0
3.14.2-1 | reason codes are those of DISCONNECT
3.14.2-2 | the server's DISCONNECT has no session expiry
3.14.2-3 | no reason string that makes DISCONNECT too large
3.14.2-4 | no user properties that do | ${noUserProperties}
3.14.4-1 | nothing is sent after DISCONNECT
3.14.4-2 | the connection is closed after it
3.14.4-3 | DISCONNECT 0 discards the will
3.15.1-1 | AUTH with other flags ends the connection
3.15.2-1 | reason codes are those of AUTH | the server sends no AUTH
3.15.2-2 | no reason string that makes AUTH too large | the server sends no AUTH
3.15.2-3 | no user properties that do | the server sends no AUTH
4.1.0-1 | session state stays while the connection is open
4.1.0-2 | and is discarded when its expiry has passed
4.2.0-1 | a transport that keeps order and loses nothing | ${overTls}
4.3.1-1 | QoS 0 is sent without DUP
4.3.2-1 | QoS 1 has an unused packet id
4.3.2-2 | and no DUP at first
4.3.2-3 | and is unacknowledged until PUBACK
4.3.2-4 | PUBACK is sent once the message is ours
4.3.2-5 | after PUBACK the packet id stands for a new message
4.3.3-1 | QoS 2 has an unused packet id
4.3.3-2 | and no DUP at first
4.3.3-3 | and is unacknowledged until PUBREC
4.3.3-4 | PUBREL is the answer to PUBREC
4.3.3-5 | and is unacknowledged until PUBCOMP
4.3.3-6 | after PUBREL the message is not sent again
4.3.3-7 | what was sent does not expire
4.3.3-8 | PUBREC is sent once the message is ours
4.3.3-9 | after an error in PUBREC the packet id stands for a new message
4.3.3-10 | until PUBREL the same id is the same message
4.3.3-11 | PUBREL is answered by PUBCOMP
4.3.3-12 | after which the packet id stands for a new message
4.3.3-13 | the exchange goes on though the message expired
4.4.0-1 | a client that is back is sent again what it had not acknowledged, and nobody else
4.4.0-2 | what was refused counts as acknowledged
4.5.0-1 | messages become part of the session of each subscriber
4.6.0-5 | messages of one client and topic come in order
4.6.0-6 | by default for every topic
4.7.0-1 | topics hold no wildcards
4.7.1-1 | # is the last level
4.7.1-2 | + is a whole level
4.7.2-1 | wildcards at the beginning match no $ topics
4.7.3-1 | topics and filters are not empty
4.7.3-2 | and hold no NUL
4.7.3-3 | and are at most 65,535 bytes long | their length field can say no more; the AWS profile takes 256
4.7.3-4 | they are compared as they are
4.8.2-1 | a shared filter has a share name
4.8.2-2 | without wildcards, and a filter behind it
4.8.2-3 | the granted QoS counts
4.8.2-4 | QoS 2 is completed with the client it was begun with
4.8.2-5 | and sent to nobody else when its session ends
4.8.2-6 | what a member refuses is discarded
4.9.0-1 | the quota to send is not 0 and within the Receive Maximum
4.9.0-2 | at quota 0 no message above QoS 0 is sent
4.9.0-3 | other packets are
4.12.0-1 | an unknown authentication method is refused
4.12.0-2 | AUTH that goes on has code 0x18 | ${notOffered}
4.12.0-4 | authentication may be refused at any time
4.12.0-5 | the method is the same throughout | ${notOffered}
4.12.0-6 | no AUTH to a client that did not ask
4.12.0-7 | AUTH nobody asked for is an error
4.12.1-1 | authentication again uses the same method | ${notOffered}
4.12.1-2 | and ends the connection when it fails | ${notOffered}
4.13.1-1 | malformed packets and protocol errors end the connection
4.13.2-1 | codes of errors are 0x80 and above
6.0.0-1 | packets come in binary WebSocket frames
6.0.0-2 | frames and packets need not begin together
6.0.0-4 | the subprotocol is mqtt
`,
)

const version3 = parse(
  'MQTT3',
  `
1.5.3-1 | text is well-formed UTF-8
1.5.3-2 | text holds no NUL
1.5.3-3 | U+FEFF is kept wherever it stands
2.2.2-1 | reserved flags have the listed value
2.2.2-2 | other flags end the connection
2.3.1-1 | packet ids are not 0
2.3.1-3 | what is sent again keeps its packet id
2.3.1-4 | the server's packet ids are unused
2.3.1-5 | no packet id with QoS 0
2.3.1-6 | PUBACK, PUBREC, PUBREL carry the packet id of the PUBLISH
2.3.1-7 | SUBACK and UNSUBACK carry the packet id of what they answer
3.1.0-1 | the first packet is CONNECT
3.1.0-2 | a second CONNECT ends the connection
3.1.2-1 | another protocol name is not processed
3.1.2-2 | other levels get return code 1
3.1.2-3 | the reserved flag of CONNECT is 0
3.1.2-4 | without a clean session the session goes on or is made
3.1.2-5 | it keeps QoS 1 and 2 for a client that is away
3.1.2-6 | a clean session discards the one before
3.1.2-7 | retained messages are no part of a session
3.1.2-8 | the will is published when the connection ends
3.1.2-9 | a will flag comes with topic and message
3.1.2-10 | the will is forgotten once published or after DISCONNECT
3.1.2-11 | no will fields without its flag
3.1.2-12 | no will, nothing published
3.1.2-13 | no will, no will QoS
3.1.2-14 | a will QoS of 3 is malformed
3.1.2-15 | no will, no will retain
3.1.2-16 | a will is not retained unless it asks
3.1.2-17 | a will is retained when it asks
3.1.2-18 | no user name without its flag
3.1.2-19 | a user name with its flag
3.1.2-20 | no password without its flag
3.1.2-21 | a password with its flag
3.1.2-22 | no password without a user name
3.1.2-24 | one and a half keep alives without a packet end the connection
3.1.3-2 | sessions are told apart by client id
3.1.3-3 | a client id is present
3.1.3-4 | a client id is text
3.1.3-5 | ids of 1 to 23 letters and digits are allowed
3.1.3-6 | a client without an id gets one of its own
3.1.3-7 | an empty id goes with a clean session
3.1.3-8 | else it gets return code 2
3.1.3-9 | a refused id gets return code 2
3.1.3-10 | a will topic is text
3.1.3-11 | a user name is text
3.1.4-1 | a malformed CONNECT ends the connection without CONNACK
3.1.4-2 | who has the client id already is closed
3.1.4-3 | clean session is processed
3.1.4-4 | a good CONNECT gets return code 0
3.1.4-5 | nothing after a refused CONNECT is processed
3.2.0-1 | CONNACK comes before all else
3.2.2-1 | session present is 0 after a clean session
3.2.2-2 | session present is 1 where there was one
3.2.2-3 | and 0 where there was none
3.2.2-4 | session present is 0 in a refusal
3.2.2-5 | a refusal is followed by the end
3.2.2-6 | where no return code fits there is no CONNACK
3.3.1-1 | a message that is sent again has DUP
3.3.1-2 | no DUP with QoS 0
3.3.1-3 | DUP is not passed on
3.3.1-4 | both QoS bits are malformed
3.3.1-5 | retained messages are stored with their QoS
3.3.1-6 | a new subscription gets what is retained | with the AWS profile not for wildcards, as AWS
3.3.1-7 | a retained message of QoS 0 replaces the one before
3.3.1-8 | what was retained is sent with the flag
3.3.1-9 | what comes to a subscription that stands is sent without
3.3.1-10 | an empty retained message deletes
3.3.1-11 | and is not stored
3.3.1-12 | without the flag nothing is stored or deleted
3.3.2-1 | the topic is text
3.3.2-2 | the topic holds no wildcards
3.3.2-3 | the topic that is sent matches the filter
3.3.4-1 | PUBLISH is answered as its QoS asks
3.3.5-1 | overlapping subscriptions count with the highest QoS
3.3.5-2 | a PUBLISH that is not authorized is acknowledged or ends the connection
3.6.1-1 | flags of PUBREL are 0010
3.8.1-1 | flags of SUBSCRIBE are 0010
3.8.3-1 | filters are text
3.8.3-2 | a server without wildcards refuses them | wildcards are offered
3.8.3-3 | SUBSCRIBE has a filter
3.8.3-4 | reserved bits beside the QoS are 0, and the QoS is not 3
3.8.4-1 | SUBSCRIBE is answered
3.8.4-2 | with its packet id
3.8.4-3 | the same filter replaces the subscription
3.8.4-4 | several filters are as several SUBSCRIBE, with one answer
3.8.4-5 | with a code for each filter
3.8.4-6 | messages come at the lower of both QoS
3.9.3-1 | codes are in the order of the filters
3.9.3-2 | codes are 0, 1, 2, or 0x80
3.10.1-1 | flags of UNSUBSCRIBE are 0010
3.10.3-1 | filters are text
3.10.3-2 | UNSUBSCRIBE has a filter
3.10.4-1 | filters are compared by their bytes
3.10.4-2 | no new messages are added
3.10.4-3 | deliveries that have begun are completed
3.10.4-4 | UNSUBSCRIBE is answered with its packet id
3.10.4-5 | even when nothing was left
3.10.4-6 | several filters have one answer
3.12.4-1 | PINGREQ is answered
3.14.1-1 | flags of DISCONNECT are 0
3.14.4-3 | DISCONNECT discards the will
4.1.0-1 | session state is stored while the session lasts
4.1.0-2 | a session lasts at least as long as its connection
4.3.1-1 | QoS 0 is sent without DUP
4.3.2-1 | QoS 1 has an unused packet id, no DUP at first, and waits for PUBACK
4.3.2-2 | PUBACK is sent once the message is ours; then its id stands for a new one
4.3.3-1 | QoS 2 to a client goes by PUBLISH, PUBREC, PUBREL, PUBCOMP
4.3.3-2 | QoS 2 from a client is delivered once
4.4.0-1 | a client that is back is sent again what it had not acknowledged
4.5.0-1 | messages become part of the session of each subscriber
4.6.0-1 | what is sent again goes in its order
4.6.0-5 | every topic is ordered
4.6.0-6 | messages of one client and topic come in order
4.7.1-1 | topics hold no wildcards
4.7.1-2 | # is the last level
4.7.1-3 | + is a whole level
4.7.2-1 | wildcards at the beginning match no $ topics
4.7.3-1 | topics and filters are not empty
4.7.3-2 | and hold no NUL
4.7.3-3 | and are at most 65,535 bytes long | their length field can say no more; the AWS profile takes 256
4.7.3-4 | they are compared as they are
4.8.0-1 | protocol violations end the connection
4.8.0-2 | a passing failure while a packet is processed ends the connection | needs a failing disk; the path is the one of any unexpected failure, mqtt/connection.ts
6.0.0-1 | packets come in binary WebSocket frames
6.0.0-2 | frames and packets need not begin together
6.0.0-4 | the subprotocol is mqtt
7.0.0-1 | a server that connects to others conforms as a client too | it connects to no others
7.0.0-2 | no extensions are needed to talk to it | the tests use none
7.1.1-1 | a transport that keeps order and loses nothing | ${overTls}
`,
)

/** By id, e.g. `MQTT5-3.1.0-1`; in the order of the standards. */
export const statements: ReadonlyMap<string, Statement> = new Map([...version5, ...version3])
