import ArgumentParser
import Client
import Kubernetes
import Logging
import Registration

/// `flotilla register`: lets the agent of a cluster into the control plane (Pull mode).
struct RegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Register a cluster to the control plane with Pull mode.",
        discussion: """
            Proves the control plane genuine, fetches a certificate for the cluster's agent, and writes the agent's kubeconfig. \
            The agent itself is started with: flotillad agent.
            """)

    @Argument(help: ArgumentHelp("The control plane's address: HOST:PORT.", valueName: "endpoint"))
    var endpoint: String

    @Option(help: ArgumentHelp("What the cluster is to be called.", valueName: "name"))
    var clusterName: String

    @Option(help: "Bootstrap token, as token create prints it.")
    var token: String

    @Option(
        name: .customLong("discovery-token-ca-cert-hash"),
        help: ArgumentHelp(
            "Hash of the public key of the control plane's certificate authority; several are separated by commas.",
            valueName: "sha256:hash"))
    var hashes: String?

    @Flag(
        name: .customLong("discovery-token-unsafe-skip-ca-verification"),
        help: "Trust whatever is signed by the token: whoever knows it can pass for the control plane.")
    var trustsTokenAlone = false

    @Option(help: ArgumentHelp("How long to wait for the certificate to be approved.", valueName: "duration"))
    var discoveryTimeout = GoDuration(.seconds(300))

    @Option(help: ArgumentHelp("For how long the certificate is to be valid.", valueName: "seconds"))
    var certExpirationSeconds: Int64 = 365 * 86_400

    @Option(help: ArgumentHelp("Where to write the kubeconfig of the agent.", valueName: "file"))
    var agentKubeconfig = "karmada-agent.conf"

    @Flag(name: .customLong("dry-run"), help: "Check everything and change nothing.")
    var isDryRun = false

    private var pins: [String] { (hashes ?? "").split(separator: ",").map(String.init) }

    func validate() throws {
        guard endpoint.wholeMatch(of: /(\[[0-9a-fA-F:.]+\]|[0-9a-zA-Z._-]+)(:[0-9]{1,5})?/) != nil else {
            throw ValidationError("endpoint \"\(endpoint)\": must be HOST:PORT, without a scheme or a path.")
        }
        if let fault = ClusterName.fault(in: clusterName) { throw ValidationError(fault) }
        guard BootstrapToken(token) != nil else {
            throw ValidationError("--token: didn't match pattern \"[a-z0-9]{6}.[a-z0-9]{16}\"")
        }
        guard trustsTokenAlone || !pins.isEmpty else {
            throw ValidationError(
                "need to verify CACertHashes, or set --discovery-token-unsafe-skip-ca-verification")
        }
        for pin in pins where pin.wholeMatch(of: /sha256:[0-9a-fA-F]{64}/) == nil {
            throw ValidationError("--discovery-token-ca-cert-hash: \"\(pin)\" is not sha256: and 64 hexadecimal digits")
        }
        guard certExpirationSeconds >= 600 else { throw ValidationError("--cert-expiration-seconds: must be at least 600") }
        guard discoveryTimeout.duration > .zero else { throw ValidationError("--discovery-timeout: must be greater than 0") }
    }

    func run() async throws {
        guard let token = BootstrapToken(token) else { return }
        // A certificate that cannot be kept would be issued in vain.
        try Kubeconfig.checkWritable(agentKubeconfig)
        let server = "https://\(endpoint)"
        let discovery = ControlPlaneDiscovery(
            server: server, token: token, pins: pins, logger: Logger(label: "flotilla") { _ in SwiftLogNoOpLogHandler() })
        let authority = try await discovery.certificateAuthority()
        guard !isDryRun else { return print(dryRunNotice) }
        var bootstrap = ClientConfiguration(server: server)
        bootstrap.certificateAuthority = authority
        bootstrap.token = token.text
        let issued = try await withClient(bootstrap) { client in
            try await AgentCertificate.request(
                for: clusterName, from: client, seconds: certExpirationSeconds, patience: discoveryTimeout.duration)
        }
        let kubeconfig = Kubeconfig(
            name: clusterName, cluster: .init(server: server, certificateAuthority: .data(authority)),
            user: .init(clientCertificate: .data(issued.certificate), clientKey: .data(issued.key)))
        try kubeconfig.write(to: agentKubeconfig)
        print(
            """
            cluster(\(clusterName)) may join now. Start its agent with:
              flotillad agent --cluster-name \(clusterName) --control-plane-kubeconfig \(agentKubeconfig) --member-kubeconfig FILE
            """)
    }
}
