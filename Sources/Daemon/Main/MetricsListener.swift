import Hummingbird
import Logging
import Telemetry

/// Shows a registry's metrics over HTTP, for daemons that serve no API: `/metrics`, and `/healthz`.
func serveMetrics(_ metrics: MetricsRegistry, at address: ListenAddress, logger: Logger) async throws {
    let router = Router()
    router.get("metrics") { _, _ in
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
    }
    router.get("healthz") { _, _ in "ok" }
    let application = Application(
        router: router, configuration: .init(address: .hostname(address.host, port: address.port)), logger: logger)
    try await application.run()
}
