// Load on a broker with Node's amqplib over plain TCP, persistent messages in a durable queue.
//   node broker.js '{"url", "measure", "count", "size", "window", "prefetch"}'
// "measure" is one of
//   publish   with confirms, `window` messages between two waits; they stay in the queue
//   consume   what `publish` left there, each acknowledged, at most `prefetch` of them unacknowledged
//   both      these two at the same time, on a connection each
//   pingpong  one message there and back through two queues, again and again
// Prints one JSON object: messages, seconds, perSecond; of a ping-pong also p50 and p99 in milliseconds.
'use strict'
const amqp = require('amqplib')

const run = JSON.parse(process.argv[2])
const body = Buffer.alloc(run.size, 'x')
const persistent = { deliveryMode: 2, contentType: 'application/octet-stream' }
const now = () => Number(process.hrtime.bigint()) / 1e6
const open = []

async function connect() {
  const connection = await amqp.connect(run.url, { noDelay: true }) // or Nagle's algorithm is measured
  connection.on('error', fail)
  open.push(connection)
  return connection
}

async function emptyQueue(name) {
  const channel = await (await connect()).createChannel()
  await channel.assertQueue(name, { durable: true })
  await channel.purgeQueue(name)
  await channel.close()
}

async function publish(channel) {
  for (let sent = 0; sent < run.count; sent += run.window) {
    for (let i = 0; i < Math.min(run.window, run.count - sent); i++) {
      channel.publish('', 'bench', body, persistent)
    }
    await channel.waitForConfirms()
  }
}

async function consume(channel) {
  await channel.prefetch(run.prefetch)
  let got = 0
  let done
  const all = new Promise((resolve) => { done = resolve })
  await channel.consume('bench', (delivery) => {
    channel.ack(delivery)
    if (++got === run.count) done()
  })
  await all
}

async function pingpong(there, back) {
  const turns = []
  let sent
  let done
  const all = new Promise((resolve) => { done = resolve })
  const serve = () => { sent = now(); there.publish('', 'ping', body, persistent) }
  await back.consume('ping', (ball) => { back.ack(ball); back.publish('', 'pong', ball.content, persistent) })
  await there.consume('pong', (ball) => {
    turns.push(now() - sent)
    there.ack(ball)
    if (turns.length === run.count) done()
    else serve()
  })
  serve()
  await all
  return turns
}

const measures = {
  async publish() {
    await emptyQueue('bench')
    const channel = await (await connect()).createConfirmChannel()
    return timed(() => publish(channel))
  },
  async consume() {
    const channel = await (await connect()).createChannel()
    return timed(() => consume(channel))
  },
  async both() {
    await emptyQueue('bench')
    const out = await (await connect()).createConfirmChannel()
    const back = await (await connect()).createChannel()
    return timed(() => Promise.all([publish(out), consume(back)]))
  },
  async pingpong() {
    await emptyQueue('ping')
    await emptyQueue('pong')
    const there = await (await connect()).createChannel()
    const back = await (await connect()).createChannel()
    let turns
    const measured = await timed(async () => { turns = await pingpong(there, back) })
    turns.sort((a, b) => a - b)
    const at = (share) => Number(turns[Math.floor(share * (turns.length - 1))].toFixed(3))
    return { ...measured, p50: at(0.5), p99: at(0.99) }
  },
}

async function timed(work) {
  const started = now()
  await work()
  const seconds = (now() - started) / 1000
  return { messages: run.count, seconds, perSecond: Math.round(run.count / seconds) }
}

async function main() {
  console.log(JSON.stringify(await measures[run.measure]()))
  for (const connection of open) await connection.close()
}

function fail(error) {
  console.error(error)
  process.exit(1)
}

main().catch(fail)
