// Meets the faults of dispatch and converter with amqplib; prints what its user sees, as JSON by name.
// Arguments: folder of certificates, port, URL of the control API, a message, a case to be converted.
const fs = require('node:fs')
const amqp = require('amqplib')

const [certs, port, http, messageFile, caseFile] = process.argv.slice(2)
const [A, B, C] = ['A', 'B', 'C'].map((one) => `fr.health.samu${one}`)
const SDIS = 'fr.fire.nexsis.sdisZ'
const read = (name) => fs.readFileSync(`${certs}/${name}`)
const message = JSON.parse(fs.readFileSync(messageFile, 'utf8'))
let counted = 0

const call = require('./fault_rules')(http)
const open = async (client, vhost) => {
  const connection = await amqp.connect(
    `amqps://localhost:${port}/${encodeURIComponent(vhost)}`,
    {
      ca: [read('truststores/igc.pem')],
      credentials: amqp.credentials.external(),
      cert: read(`clients/${client}/igc.crt`),
      key: read(`clients/${client}/igc.key`),
    })
  const channel = await connection.createConfirmChannel()
  const waiting = []
  const arrived = []
  const consume = async (queue) => {
    await channel.consume(queue, (one) => {
      channel.ack(one)
      const waiter = waiting.shift()
      if (waiter) waiter(one)
      else arrived.push(one)
    })
  }
  const next = () =>
    arrived.length ? Promise.resolve(arrived.shift()) : new Promise((done) => waiting.push(done))
  const publish = async (body) => {
    channel.publish('hubsante', client, body, {
      contentType: 'application/json',
      deliveryMode: 2,
    })
    await channel.waitForConfirms()
  }
  return { close: () => connection.close(), consume, next, publish, left: () => arrived.length }
}
const fresh = () => {
  counted += 1
  return { ...message, distributionID: `${A}_amqplib-${counted}` }
}
const idOf = (got) => JSON.parse(got.content.toString()).distributionID
const errorOf = (got) =>
  JSON.parse(got.content.toString()).content[0].jsonContent.embeddedJsonContent.message.error
const codeOf = (got) => errorOf(got).errorCode.statusCode

const strikes = async () => (await call('GET', '')).faults[0].strikes

async function main () {
  const sender = await open(A, '15-15_v2.0')
  const recipient = await open(C, '15-15_v2.0')
  const other = await open(B, '15-15_v2.0')
  await sender.consume(`${A}.info`)
  await recipient.consume(`${C}.message`)
  await other.consume(`${B}.message`)
  const seen = {}

  // Sends under a rule on what samuA sends to samuC, looks, clears, and sees one message as ever.
  const play = async (effect, parameters, look, number = 1) => {
    await call('POST', '', { effect, parameters, match: { sender: A, recipient: C } })
    const sent = []
    for (let one = 0; one < number; one++) {
      const body = fresh()
      sent.push(body.distributionID)
      await sender.publish(Buffer.from(JSON.stringify(body)))
    }
    seen[effect] = await look(sent)
    await call('DELETE', '')
    const after = fresh()
    await sender.publish(Buffer.from(JSON.stringify(after)))
    let got = await recipient.next()
    while (sent.includes(idOf(got))) got = await recipient.next() // what was held goes on
    if (idOf(got) !== after.distributionID) throw new Error(`${effect} left something behind`)
  }

  await play('delay', { ms: 300 }, async ([id]) => idOf(await recipient.next()) === id)
  await play('drop', {}, async () => {
    while (!(await strikes())) ;
    return recipient.left()
  })
  await play('duplicate', { copies: 1 }, async ([id]) =>
    [await recipient.next(), await recipient.next()].every((one) => idOf(one) === id))
  await play('reorder', { window: 3 }, async (sent) => {
    const got = []
    for (let one = 0; one < 3; one++) got.push(idOf(await recipient.next()))
    return got.join() !== sent.join() && got.sort().join() === sent.sort().join()
  }, 3)
  await play('reject', { code: 600, cause: 'no' }, async () => {
    const error = errorOf(await sender.next())
    return `${error.errorCode.statusCode} ${error.errorCause}`
  })
  await play('corrupt', { how: 'encoding' }, async () => {
    const { content } = await recipient.next()
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(content)
      return 'readable'
    } catch (error) {
      return error.code
    }
  })
  await play('content-type', { value: 'text/x' }, async () =>
    (await recipient.next()).properties.contentType)
  await play('misroute', { to: B }, async ([id]) =>
    (await other.next()).content.toString().includes(id))
  await play('expire', {}, async () => codeOf(await sender.next()))
  await play('dead-letter', { reason: 'rejected' }, async () => {
    const error = errorOf(await sender.next())
    return `${error.errorCode.statusCode} ${error.errorCause.split('; ')[1]}`
  })
  await play('pause', {}, async (sent) => {
    while ((await strikes()) < sent.length) ;
    return recipient.left()
  }, 2)

  const wrong = Buffer.from(JSON.stringify({ ...fresh(), senderID: B }))
  await call('POST', '', { effect: 'lose-report', match: { sender: A } })
  await sender.publish(wrong)
  while (!(await strikes())) ;
  await call('DELETE', '')
  await sender.publish(wrong)
  seen['lose-report'] = [codeOf(await sender.next()), sender.left()]

  const health = await open(A, '15-nexsis_v1.9.1')
  await health.consume(`${A}.info`)
  const converted = fs.readFileSync(caseFile)
  for (const [effect, parameters] of [
    ['down', {}], ['fail', { error: 'boum' }], ['answer', { body: {} }],
  ]) {
    await call('POST', '', { where: 'converter', effect, parameters })
    await health.publish(converted)
    const { errorCause } = errorOf(await health.next())
    seen[`converter ${effect}`] = errorCause.replace(/^.*conversion service: /, '').slice(0, 25)
    await call('DELETE', '')
  }
  const fire = await open(SDIS, '15-nexsis_v1.9.1')
  await fire.consume(`${SDIS}.message`)
  await call('POST', '', { where: 'converter', effect: 'delay', parameters: { ms: 300 } })
  const began = Date.now()
  await health.publish(converted)
  const late = await fire.next()
  seen['converter delay'] = Date.now() - began >= 300 && late.content.includes('createCase>')
  await call('DELETE', '')
  console.log(JSON.stringify(seen))
  await Promise.all([sender, recipient, other, health, fire].map((one) => one.close()))
}

main().catch((error) => {
  console.error(error.stack)
  process.exit(1)
})
