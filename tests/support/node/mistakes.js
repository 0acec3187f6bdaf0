// Plays first mistakes with amqplib and prints what its user sees of each, as JSON by name.
const fs = require('node:fs')
const amqp = require('amqplib')

const [certs, port, bodies] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])]
const A = 'fr.health.samuA'
const read = (name) => fs.readFileSync(`${certs}/${name}`)
const own = (identity) => ({
  cert: read(`clients/${A}/${identity}.crt`),
  key: read(`clients/${A}/${identity}.key`),
})
const connect = (vhost, options = {}) =>
  amqp.connect(`amqps://localhost:${port}/${encodeURIComponent(vhost)}`, {
    ca: [read('truststores/igc.pem')],
    credentials: amqp.credentials.external(),
    ...own('igc'),
    ...options,
  })

const only = (vhost, options) => async () => (await connect(vhost, options)).close()
const onChannel = (act) => async () => {
  const connection = await connect('15-15_v2.0')
  const failed = new Promise((resolve, reject) => {
    connection.on('error', reject)
    connection.createChannel().then(async (channel) => {
      channel.on('error', reject)
      await act(channel)
      await channel.checkQueue(`${A}.info`)
      resolve()
    }).catch(reject)
  })
  try {
    await failed
  } finally {
    await connection.close().catch(() => {})
  }
}
const publish = (exchange, key, body = 'x', options = {}) =>
  onChannel(async (channel) => channel.publish(exchange, key, Buffer.from(body), options))
const json = { contentType: 'application/json', persistent: true }

const MISTAKES = {
  'no certificate': only('15-15_v2.0', { cert: undefined, key: undefined }),
  'certificate of the former authority': only('15-15_v2.0', own('legacy')),
  'does not trust the Hub': only('15-15_v2.0', { ca: [read('ca/legacy.pem')] }),
  'login by PLAIN': only('15-15_v2.0', { credentials: amqp.credentials.plain('guest', 'guest') }),
  'trusted certificate of nobody': only('15-15_v2.0', {
    cert: read('server/igc.crt'),
    key: read('server/igc.key'),
  }),
  'vHost that is not there': only('15-15_v2'),
  'default vHost': only('/'),
  'routing key of somebody else': publish('hubsante', 'fr.health.samuB'),
  'wrong exchange': publish('hubsant', A),
  'default exchange': publish('', 'fr.health.samuC.message'),
  'active declaration of a queue': onChannel((channel) => channel.assertQueue(`${A}.message`)),
  'active declaration of an exchange': onChannel((c) => c.assertExchange('hubsante', 'topic')),
  binding: onChannel((channel) => channel.bindQueue(`${A}.message`, 'distribution', A)),
  'queue of somebody else': onChannel((channel) => channel.get('fr.health.samuB.message')),
  'queue with a typing error': onChannel((channel) => channel.get(`${A}.mesage`)),
  'exchange that is not there': onChannel((channel) => channel.checkExchange('hubsant')),
  'acknowledged twice': onChannel(async (c) => c.ack({ fields: { deliveryTag: 1 } })),
  'user_id of somebody else': publish('hubsante', A, '{}', { ...json, userId: 'guest' }),
  'expiration that is no number': publish('hubsante', A, '{}', { ...json, expiration: '1h' }),
  'no content type': publish('hubsante', A, '{}', { persistent: true }),
  'not persistent': publish('hubsante', A, bodies['not persistent'], { ...json, persistent: false }),
  'no JSON': publish('hubsante', A, 'hello', json),
  'sender that is not the key': publish('hubsante', A, bodies['sender that is not the key'], json),
  'recipient nobody has': publish('hubsante', A, bodies['recipient nobody has'], json),
  expired: publish('hubsante', A, bodies.expired, json),
}

async function main() {
  const shown = {}
  for (const [name, play] of Object.entries(MISTAKES)) {
    shown[name] = await play().then(() => '', (error) => `${error.code ?? ''} ${error.message}`)
  }
  console.log(JSON.stringify(shown))
}

main()
