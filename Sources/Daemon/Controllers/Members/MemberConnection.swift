import Client
import Logging

/// A client of one member's API server, and another that asks for its health.
struct MemberConnection: Sendable {
    let configuration: ClientConfiguration
    let client: HTTPObjectClient
    /// Says at once what it sees: a probe that is made again until it succeeds finds nothing out.
    private let probe: HTTPObjectClient
    private let logger: Logger

    init(
        _ configuration: ClientConfiguration, probeTimeout: Duration = .seconds(5), logger: Logger
    ) throws(ClientConfigurationError) {
        self.configuration = configuration
        self.logger = logger
        client = try HTTPObjectClient(configuration, logger: logger)
        var probing = configuration
        probing.connectTimeout = probeTimeout
        probing.requestTimeout = probeTimeout
        probing.maximumAttempts = 1
        probing.breaksCircuit = false
        probing.queriesPerSecond = nil
        probe = try HTTPObjectClient(probing, logger: logger)
    }

    func health() async -> MemberHealth {
        do {
            var answer = try await probe.request(HTTPCall("GET", "/readyz"))
            if answer.status == 404 { answer = try await probe.request(HTTPCall("GET", "/healthz")) }
            return answer.status == 200 ? .healthy : .unhealthy
        } catch {
            logger.debug("\(configuration.server) cannot be reached: \(error)")
            return .unreachable
        }
    }
}
