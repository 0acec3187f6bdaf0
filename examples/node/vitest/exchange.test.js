// A test with the helper: samuA writes to samuC, who reads it; and a refusal is reported.

import { expect } from 'vitest'
import { test } from './hub.js'

const A = 'fr.health.samuA'
const C = 'fr.health.samuC'
const VHOST = '15-15_v2.0'

async function publish(hub, body) {
  const connection = await hub.connect(A, VHOST)
  const channel = await connection.createConfirmChannel()
  channel.publish('hubsante', A, Buffer.from(JSON.stringify(body)), { contentType: 'application/json', persistent: true })
  await channel.waitForConfirms()
  await connection.close()
}

async function next(hub, client, queue) {
  const connection = await hub.connect(client, VHOST)
  const channel = await connection.createChannel()
  const came = await new Promise((resolve, reject) =>
    channel.consume(`${client}.${queue}`, resolve, { noAck: true }).catch(reject))
  await connection.close()
  return JSON.parse(came.content)
}

test('a message arrives', async ({ hub }) => {
  const message = await hub.example('RS-EDA', VHOST, A, C)
  await publish(hub, message)
  expect((await next(hub, C, 'message')).distributionID).toBe(message.distributionID)
})

test('a mistake is reported', async ({ hub }) => {
  await publish(hub, {})
  expect(JSON.stringify(await next(hub, A, 'info'))).toContain('INVALID_MESSAGE')
})
