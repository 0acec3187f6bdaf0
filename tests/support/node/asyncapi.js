// AsyncAPI's own parser on documents: prints, as JSON, what it finds wrong (severity 0: an error).
'use strict'
const fs = require('fs')
const { Parser } = require('@asyncapi/parser')

async function main () {
  const told = []
  for (const file of process.argv.slice(2)) {
    const { document, diagnostics } = await new Parser().parse(fs.readFileSync(file, 'utf8'))
    const errors = diagnostics.filter((one) => one.severity === 0)
    told.push({
      file,
      messages: document ? document.allMessages().length : 0,
      errors: errors.map((one) => `${one.path.join('/')}: ${one.message}`)
    })
  }
  console.log(JSON.stringify(told))
}

main()
