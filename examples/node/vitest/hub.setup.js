// Vitest's globalSetup: a Hub that starts before the first test and ends after the last. Inside
// `hubemu run -- npx vitest run` it is that Hub.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function setup(project) {
  const given = process.env.HUBEMU_HTTP ? process.env.HUBEMU_HOME : undefined
  const home = given ?? mkdtempSync(join(tmpdir(), 'hubemu-'))
  const hubemu = (...words) => execFileSync('hubemu', [...words, '--home', home])
  if (!given) hubemu('up', '--detach', '--port', '0', '--http-port', '0')
  project.provide('hubemuHome', home)
  return () => {
    if (given) return
    hubemu('down')
    rmSync(home, { recursive: true }) // the keys of its clients, too
  }
}
