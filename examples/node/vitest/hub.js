// Vitest: a test with a Hub, `import { test } from './hub.js'`, test('...', async ({ hub }) => ...).
// vitest.config.js says globalSetup: ['./hub.setup.js'], which starts it.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import amqp from 'amqplib'
import { inject, test as plain } from 'vitest'

class Hub {
  constructor(home) {
    this.home = home
    const settings = this.environment('fr.health.samuA', '15-15_v2.0')
    this.url = settings.HUBEMU_HTTP
    this.token = settings.HUBEMU_HTTP_TOKEN ?? 'none' // what its control API wants, if anything
  }

  /** What `hubemu env` says: names of the official kits, and HUBEMU_*. */
  environment(client, vhost) {
    const words = ['env', '--client', client, '--vhost', vhost, '--format', 'json', '--home', this.home]
    return JSON.parse(execFileSync('hubemu', words, { encoding: 'utf8' }))
  }

  /** Connects with amqplib as a client: its .p12, the authority of the Hub, the certificate as login. */
  connect(client, vhost) {
    const settings = this.environment(client, vhost)
    return amqp.connect(settings.HUBEMU_AMQPS_URL, {
      pfx: readFileSync(settings.CERTIFICATE_PATH),
      passphrase: settings.KEY_PASSPHRASE,
      ca: [readFileSync(settings.HUBEMU_CA)],
      credentials: amqp.credentials.external(),
    })
  }

  /** A valid message of a type from one client to another, with fresh ids and dates. */
  example(type, vhost, from, to) {
    return this.http('GET', `/api/v1/examples/${type}?vhost=${vhost}&as=${from}&to=${to}`)
  }

  /** Calls the control API, such as GET /api/v1/messages?recipient=ID&outcome=routed&wait=10. */
  async http(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`)
    return text ? JSON.parse(text) : undefined
  }
}

/** Each test begins on empty queues, without faults; one that failed shows its messages. */
export const test = plain.extend({
  hub: async ({ task, onTestFailed }, use) => {
    const hub = new Hub(inject('hubemuHome'))
    await hub.http('POST', '/api/v1/reset')
    onTestFailed(async () => {
      const { messages } = await hub.http('GET', '/api/v1/messages')
      console.error(`the Hub's journal for "${task.name}":`, messages)
    })
    await use(hub)
  },
})
