// Meets faults with amqplib and prints what its user sees of each, as JSON by name.
const fs = require('node:fs')
const amqp = require('amqplib')

const [certs, port, http, kinds] = process.argv.slice(2)
const A = 'fr.health.samuA'
const OF_A = { client: A }
const V = '15-15_v2.0'
const read = (name) => fs.readFileSync(`${certs}/${name}`)
const connect = (options = '') =>
  amqp.connect(`amqps://localhost:${port}/${encodeURIComponent(V)}${options}`, {
    ca: [read('truststores/igc.pem')],
    credentials: amqp.credentials.external(),
    cert: read(`clients/${A}/igc.crt`),
    key: read(`clients/${A}/igc.key`),
  })

const call = require('./fault_rules')(http)
const add = (where, effect, parameters = {}, more = {}) =>
  call('POST', '', { where, effect, parameters, match: OF_A, ...more })
const clear = () => call('DELETE', '')
const strikes = async () => (await call('GET', '')).faults[0].strikes
const struck = async (act) => {
  while (!(await strikes())) await act()
}
const event = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve))
const told = (error) => `${error.code ?? ''} ${error.message}`.trim()
const publish = (channel) => channel.publish('hubsante', A, Buffer.from('{}'))

// A connection whose errors are kept, not thrown.
const open = async (options) => {
  const connection = await connect(options)
  const failed = event(connection, 'error')
  return { connection, failed }
}

const PLAYS = {
  latency: async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    await add('network', 'latency', { ms: 100 })
    await struck(() => channel.checkQueue(`${A}.info`))
    const before = performance.now()
    await channel.checkQueue(`${A}.info`)
    const took = performance.now() - before
    await clear()
    await channel.checkQueue(`${A}.info`)
    await connection.close()
    return took >= 195
  },
  bandwidth: async () => {
    const { connection } = await open()
    const channel = await connection.createConfirmChannel()
    await add('network', 'bandwidth', { kbps: 800, direction: 'to-hub' })
    await struck(() => channel.checkQueue(`${A}.info`))
    const before = performance.now()
    channel.publish('hubsante', A, Buffer.alloc(50_000))
    await channel.waitForConfirms()
    const took = performance.now() - before
    await clear()
    await connection.close()
    return took >= 495
  },
  slice: async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    await channel.purgeQueue(`${A}.info`)
    await add('network', 'slice', { bytes: 7 })
    await struck(() => channel.checkQueue(`${A}.info`))
    const report = new Promise((resolve) => {
      const taken = (message) => resolve(JSON.parse(message.content))
      channel.consume(`${A}.info`, taken, { noAck: true })
    })
    publish(channel)
    const whole = (await report).content.length
    await clear()
    await channel.checkQueue(`${A}.info`)
    await connection.close()
    return whole
  },
  silence: async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    await add('network', 'silence', { direction: 'to-client' })
    const order = []
    const asked = []
    await struck(async () => {
      asked.push(channel.checkQueue(`${A}.info`).then(() => order.push('answer')))
      await new Promise((resolve) => setTimeout(resolve, 20))
    })
    const held = channel.checkQueue(`${A}.info`).then(() => order.push('held'))
    await strikes()
    order.push('cleared')
    await clear()
    await held
    await connection.close()
    return order.slice(order.indexOf('cleared')).includes('held')
  },
  reset: async () => {
    const { connection, failed } = await open()
    const closed = event(connection, 'close')
    await add('network', 'reset', {}, { times: 1 })
    await Promise.race([failed, closed])
    await clear()
    await (await connect()).close()
    return 'lost'
  },
  refuse: async () => {
    await add('network', 'refuse', {}, { match: {} })
    const refused = await connect().then(() => '', told)
    await clear()
    await (await connect()).close()
    return refused !== ''
  },
  cut: async () => {
    await add('network', 'cut', { bytes: 500, direction: 'to-client' }, { match: {} })
    const refused = await connect().then(() => '', told)
    await clear()
    await (await connect()).close()
    return refused !== ''
  },
  'close-connection': async () => {
    const { connection, failed } = await open()
    const closed = event(connection, 'close') // amqplib takes 320 for no error
    await add('broker', 'close-connection', { text: 'CONNECTION_FORCED - so we say' })
    const error = await Promise.race([failed, closed])
    await clear()
    await (await connect()).close()
    return told(error)
  },
  'close-channel': async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    const failed = event(channel, 'error')
    await add('broker', 'close-channel', { code: 406, text: 'PRECONDITION_FAILED - so we say' })
    publish(channel)
    const error = await failed
    await clear()
    await (await connection.createChannel()).checkQueue(`${A}.info`)
    await connection.close()
    return told(error)
  },
  nack: async () => {
    const { connection } = await open()
    const channel = await connection.createConfirmChannel()
    await add('broker', 'nack', {}, { match: { vhost: V } })
    publish(channel)
    const refused = await channel.waitForConfirms().then(() => '', told)
    await clear()
    publish(channel)
    await channel.waitForConfirms()
    await connection.close()
    return refused
  },
  'withhold-confirms': async () => {
    const { connection } = await open()
    const channel = await connection.createConfirmChannel()
    await add('broker', 'withhold-confirms')
    const order = []
    publish(channel)
    const confirmed = channel.waitForConfirms().then(() => order.push('confirmed'))
    await struck(() => channel.checkQueue(`${A}.info`))
    order.push('cleared')
    await clear()
    await confirmed
    await connection.close()
    return order
  },
  block: async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    const blocked = event(connection, 'blocked')
    const unblocked = event(connection, 'unblocked')
    await add('broker', 'block', { reason: 'low on patience' })
    publish(channel)
    const reason = await blocked
    await clear()
    await unblocked
    await channel.checkQueue(`${A}.info`)
    await connection.close()
    return reason
  },
  'disk-alarm': async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    const blocked = event(connection, 'blocked')
    const unblocked = event(connection, 'unblocked')
    await add('broker', 'disk-alarm', {}, { match: {} })
    publish(channel)
    const reason = await blocked
    await clear()
    await unblocked
    await connection.close()
    return reason
  },
  'stall-heartbeats': async () => {
    await add('broker', 'stall-heartbeats')
    const { connection, failed } = await open('?heartbeat=1')
    const error = await failed
    await clear()
    const well = await open('?heartbeat=1')
    const beats = new Promise((resolve) => setTimeout(resolve, 4000, 'alive'))
    const outcome = await Promise.race([beats, well.failed.then(told)])
    await well.connection.close()
    return [told(error), outcome]
  },
  'cancel-consumers': async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    let cancelled
    const told = new Promise((resolve) => (cancelled = resolve))
    await channel.consume(`${A}.message`, (message) => message ?? cancelled('cancelled'))
    await add('broker', 'cancel-consumers')
    const seen = await told
    await clear()
    await channel.consume(`${A}.message`, () => {})
    await channel.checkQueue(`${A}.message`)
    await connection.close()
    return seen
  },
  'queue-full': async () => {
    const { connection } = await open()
    const channel = await connection.createChannel()
    const rule = { match: { queue: `${A}.info`, vhost: V } }
    await add('broker', 'queue-full', {}, rule)
    publish(channel) // no JSON envelope: its report is for that queue
    await channel.checkQueue(`${A}.info`)
    await clear()
    let came
    const report = new Promise((resolve) => (came = resolve))
    publish(channel)
    await channel.consume(`${A}.info`, (message) => came(message !== null), { noAck: true })
    const seen = await report
    await connection.close()
    return seen
  },
  deny: async () => {
    const { connection } = await open()
    await add('broker', 'deny', { right: 'read' })
    const channel = await connection.createChannel()
    const failed = event(channel, 'error')
    channel.get(`${A}.info`).catch(() => {})
    const error = await failed
    await clear()
    await (await connection.createChannel()).get(`${A}.info`, { noAck: true })
    await connection.close()
    return error.code
  },
  present: async () => {
    await add('certificates', 'present', { profile: 'expired' }, { match: {} })
    const refused = await connect().then(() => '', told)
    await clear()
    await (await connect()).close()
    return refused
  },
}

async function main() {
  const seen = {}
  for (const name of kinds.split(',')) {
    console.error(name) // where it stopped, if it did
    seen[name] = await PLAYS[name]().catch((error) => `failed: ${told(error)}`)
    await clear()
  }
  console.log(JSON.stringify(seen))
}

main()
