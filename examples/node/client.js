// A client of the Hub: node client.js CLIENT_ID [FILE] (see ../README.md).
'use strict'
const fs = require('node:fs')
const amqp = require('amqplib')

const env = process.env
const [clientId, file] = process.argv.slice(2)
const QUEUES = ['message', 'ack', 'info']
let unsent = file

function connect() {
  const server = {
    protocol: 'amqps', hostname: env.HUB_HOSTNAME, port: Number(env.HUB_PORT), vhost: env.VHOST, heartbeat: 30,
  }
  return amqp.connect(server, {
    ca: [fs.readFileSync(env.HUBEMU_CA)],
    pfx: fs.readFileSync(env.CERTIFICATE_PATH), // or cert and key
    passphrase: env.KEY_PASSPHRASE,
    credentials: amqp.credentials.external(), // the certificate is the login
  })
}

async function publish(connection) {
  const channel = await connection.createConfirmChannel()
  const contentType = unsent.endsWith('.xml') ? 'application/xml' : 'application/json'
  channel.publish(env.EXCHANGE_NAME, clientId, fs.readFileSync(unsent), { contentType, persistent: true })
  await channel.waitForConfirms()
  await channel.close()
  console.log(`confirmed ${unsent}`)
  unsent = undefined
}

async function consume(connection) {
  const channel = await connection.createChannel()
  channel.on('error', () => {}) // the connection's close event tells
  await channel.prefetch(10)
  for (const queue of QUEUES) {
    await channel.consume(`${clientId}.${queue}`, (message) => {
      if (message === null) return connection.close() // cancelled by the broker
      console.log(queue, message.content.toString())
      channel.ack(message)
    })
  }
  console.log('listening')
}

async function main() {
  for (let pause = 500; ; pause = Math.min(2 * pause, 30000)) {
    try {
      const connection = await connect()
      const lost = new Promise((resolve) => {
        connection.on('error', () => {})
        connection.on('close', resolve)
      })
      if (unsent) await publish(connection)
      await consume(connection)
      pause = 500
      throw await lost || new Error('closed')
    } catch (error) {
      console.error(`lost: ${error.message}`)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

main()
