// One exchange over amqplib: publish with confirms, be told of a return, consume, acknowledge.
// Arguments: URL, queue (which exists), and for TLS a certificate, a key and a trust store.
const fs = require('fs');
const amqp = require('amqplib');

async function main([url, queue, cert, key, ca]) {
  const tls = cert && {
    cert: fs.readFileSync(cert),
    key: fs.readFileSync(key),
    ca: [fs.readFileSync(ca)],
    credentials: amqp.credentials.external(),
  };
  const connection = await amqp.connect(url, tls || {});
  const channel = await connection.createConfirmChannel();
  const returned = new Promise((resolve) => channel.on('return', resolve));
  for (let number = 1; number <= 20; number++) {
    channel.publish('', queue, Buffer.from(`message ${number}`), {
      persistent: true,
      headers: { number },
    });
  }
  channel.publish('', 'nowhere', Buffer.alloc(200000), { mandatory: true });
  await channel.waitForConfirms();
  console.log('returned', (await returned).content.length);
  await new Promise((resolve) => {
    channel.prefetch(3);
    channel.consume(queue, (message) => {
      channel.ack(message);
      if (message.properties.headers.number === 20) resolve();
    });
  });
  const { messageCount } = await channel.checkQueue(queue);
  console.log('left', messageCount);
  channel.on('error', () => {});
  await channel.checkQueue('absent').catch((error) => console.log('refused', error.code));
  await connection.close();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
