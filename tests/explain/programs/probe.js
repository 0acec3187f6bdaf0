// TLS connections of Node: for each line on standard input (name, port, ca, certificate, key) what it says.
const fs = require('node:fs')
const tls = require('node:tls')

const read = (file) => (file === '-' ? undefined : fs.readFileSync(file))

function probe([name, port, ca, cert, key]) {
  return new Promise((resolve) => {
    const done = (text) => resolve(console.log(`${name}\t${text.replace(/\s*\n\s*/g, ' | ')}`))
    try {
      const socket = tls.connect(
        { port: Number(port), host: '127.0.0.1', servername: 'localhost', maxVersion: 'TLSv1.2',
          minVersion: 'TLSv1.2', ca: [read(ca)], cert: read(cert), key: read(key) },
        () => { done('accepted'); socket.destroy() },
      )
      socket.on('error', (error) => done(`${error.stack} { code: '${error.code}' }`))
    } catch (error) {
      done(`${error.stack} { code: '${error.code}' }`)
    }
  })
}

const lines = fs.readFileSync(0, 'utf8').trim().split('\n').map((line) => line.split('\t'))
lines.reduce((before, line) => before.then(() => probe(line)), Promise.resolve())
