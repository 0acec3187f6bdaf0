// Load on a Hub with Node's amqplib: publish as one client, consume as another, in one process.
//   node load.js '{"url", "ca", "sender": {"id","cert","key"}, "recipient": {...}, "body", "contentType",
//                  "count", "window", "prefetch", "rate"}'      (paths for ca, cert, key, body)
// Without "rate": as fast as confirms in windows allow. With "rate": messages per second, for latencies.
// Prints one JSON object: messages, seconds, perSecond, and latencies p50, p99 in milliseconds.
'use strict'
const fs = require('node:fs')
const amqp = require('amqplib')

const run = JSON.parse(process.argv[2])
const body = fs.readFileSync(run.body)
const contentType = run.contentType || 'application/json'
const now = () => Number(process.hrtime.bigint()) / 1e6

const connect = (client) =>
  amqp.connect(run.url, {
    noDelay: true, // or Nagle's algorithm is what gets measured
    ca: [fs.readFileSync(run.ca)],
    cert: fs.readFileSync(client.cert),
    key: fs.readFileSync(client.key),
    credentials: amqp.credentials.external(),
  })

const publish = (channel, confirmed) =>
  channel.publish('hubsante', run.sender.id, body,
    { contentType, deliveryMode: 2, headers: { sent: String(now()) } }, confirmed)

async function asFastAsConfirmed(channel) {
  for (let sent = 0; sent < run.count; sent += run.window) {
    for (let i = 0; i < Math.min(run.window, run.count - sent); i++) publish(channel)
    await channel.waitForConfirms()
  }
}

function atRate(channel) {
  const started = now()
  let sent = 0
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(run.count, Math.floor(((now() - started) * run.rate) / 1000))
      while (sent < due) { publish(channel); sent++ }
      if (sent === run.count) { clearInterval(timer); resolve() }
    }, 1)
  })
}

async function main() {
  const back = await connect(run.recipient)
  const consumer = await back.createChannel()
  await consumer.prefetch(run.prefetch)
  const out = await connect(run.sender)
  const publisher = await out.createConfirmChannel()
  const latencies = []
  const all = new Promise((resolve, reject) => {
    consumer.on('error', reject)
    publisher.on('error', reject)
    consumer.consume(`${run.recipient.id}.message`, (delivery) => {
      // Of an earlier run: RabbitMQ loses acknowledgements for a quorum queue that have not reached it
      // yet when their channel ends. These would be counted with the time between two runs.
      if (delivery.fields.redelivered) return consumer.ack(delivery)
      latencies.push(now() - Number(delivery.properties.headers.sent))
      consumer.ack(delivery)
      if (latencies.length === run.count) resolve()
    })
  })
  const started = now()
  await Promise.all([run.rate ? atRate(publisher) : asFastAsConfirmed(publisher), all])
  const seconds = (now() - started) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share) => Number(latencies[Math.floor(share * (latencies.length - 1))].toFixed(2))
  console.log(JSON.stringify({
    messages: run.count, seconds, perSecond: Math.round(run.count / seconds), p50: at(0.5), p99: at(0.99),
  }))
  await consumer.close()
  await out.close()
  await back.close()
}

main().catch((error) => { console.error(error); process.exit(1) })
