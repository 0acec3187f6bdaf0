// A client of the Hub: dotnet run CLIENT_ID [FILE] (see ../README.md; RabbitMQ.Client 7, .NET 8).
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

string Env(string name) => Environment.GetEnvironmentVariable(name)!;
var clientId = args[0];
var file = args.Length > 1 ? args[1] : null;

// The whole chain must be sent: .NET sends the leaf alone unless it is told the others.
var own = new X509Certificate2Collection();
own.Import(Env("CERTIFICATE_PATH"), Env("KEY_PASSPHRASE"), X509KeyStorageFlags.Exportable); // .NET 9: X509CertificateLoader
var leaf = own.First(one => one.HasPrivateKey);
var others = new X509Certificate2Collection(own.Where(one => !one.HasPrivateKey).ToArray());
var roots = new X509Certificate2Collection();
roots.ImportFromPemFile(Env("HUBEMU_CA"));

var factory = new ConnectionFactory
{
    HostName = Env("HUB_HOSTNAME"),
    Port = int.Parse(Env("HUB_PORT")),
    VirtualHost = Env("VHOST"),
    AuthMechanisms = [new ExternalMechanismFactory()],   // the certificate is the login
    AutomaticRecoveryEnabled = false,                    // done here, so that it can be seen
    Ssl = new SslOption
    {
        Enabled = true,
        ServerName = Env("HUB_HOSTNAME"),
        ClientCertificateContext = SslStreamCertificateContext.Create(leaf, others, offline: true),
        CertificateValidationCallback = (_, certificate, _, errors) => Trusted(certificate, errors),
    },
};

bool Trusted(X509Certificate? certificate, SslPolicyErrors errors)
{
    if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return false;
    using var chain = new X509Chain();
    chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
    chain.ChainPolicy.CustomTrustStore.AddRange(roots);
    chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
    return chain.Build(new X509Certificate2(certificate));
}

async Task Publish(IConnection connection)
{
    var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
    await using var channel = await connection.CreateChannelAsync(options);
    var properties = new BasicProperties
    {
        ContentType = file!.EndsWith(".xml") ? "application/xml" : "application/json",
        DeliveryMode = DeliveryModes.Persistent,
    };
    // Returns when the broker has confirmed it, throws when it has not taken it.
    await channel.BasicPublishAsync(Env("EXCHANGE_NAME"), clientId, mandatory: false, properties, await File.ReadAllBytesAsync(file));
    Console.WriteLine($"confirmed {file}");
    file = null;
}

async Task Consume(IConnection connection)
{
    var channel = await connection.CreateChannelAsync();
    await channel.BasicQosAsync(0, 10, global: false);
    foreach (var queue in new[] { "message", "ack", "info" })
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            Console.WriteLine($"{queue} {Encoding.UTF8.GetString(delivery.Body.Span)}");
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync($"{clientId}.{queue}", autoAck: false, consumer);
    }
    Console.WriteLine("listening");
}

for (var pause = 500; ; pause = Math.Min(2 * pause, 30_000))
{
    try
    {
        await using var connection = await factory.CreateConnectionAsync();
        var lost = new TaskCompletionSource<string>();
        connection.ConnectionShutdownAsync += (_, why) => { lost.TrySetResult(why.ReplyText); return Task.CompletedTask; };
        if (file is not null) await Publish(connection);
        await Consume(connection);
        pause = 500;
        Console.Error.WriteLine($"lost: {await lost.Task}");
    }
    catch (Exception error)
    {
        Console.Error.WriteLine($"lost: {error.Message}");
    }
    await Task.Delay(pause);
}
