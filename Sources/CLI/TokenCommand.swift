import ArgumentParser
import Client
import Kubernetes
import Registration

/// `flotilla token`: bootstrap tokens, with which clusters register.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Manage bootstrap tokens for joining member clusters.",
        subcommands: [Create.self, List.self, Delete.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a bootstrap token on the server, and print it.")

        @OptionGroup var controlPlane: ControlPlaneOptions

        @Flag(help: "Print the whole register command with the token and the hash of the control plane's certificate authority.")
        var printRegisterCommand = false

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp("After what time the token is deleted; 0s for never.", valueName: "duration"))
        var ttl = GoDuration(.seconds(86_400))

        @Option(help: ArgumentHelp("What it is for: signing, authentication; separated by commas.", valueName: "usage,…"))
        var usages = BootstrapToken.usages.joined(separator: ",")

        @Option(help: ArgumentHelp("Groups of whoever signs in with it: system:bootstrappers:…", valueName: "group,…"))
        var groups = BootstrapToken.groups.joined(separator: ",")

        @Option(help: "What people are told about the token.")
        var description = ""

        func validate() throws {
            guard ttl.duration >= .zero else { throw ValidationError("--ttl \(ttl) must not be negative; 0s is for never.") }
            for usage in Self.list(usages) where !BootstrapToken.usages.contains(usage) {
                throw ValidationError("--usages: \"\(usage)\" is none of \(BootstrapToken.usages.joined(separator: ", "))")
            }
            for group in Self.list(groups) where group.wholeMatch(of: /system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]/) == nil {
                throw ValidationError(
                    "--groups: \"\(group)\" must begin with system:bootstrappers: and hold only a-z, 0-9, ':' and '-'")
            }
        }

        private static func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

        func run() async throws {
            let configuration = try controlPlane.configuration()
            let token = BootstrapToken.random()
            try await withClient(configuration) { client in
                let expiration = ttl.duration > .zero ? Timestamp.now() + ttl.duration : nil
                let secret = token.secretObject(
                    description: description, expiration: expiration, usages: Self.list(usages), groups: Self.list(groups))
                _ = try await client.create(secret, in: .secrets)
            }
            guard printRegisterCommand else { return print(token.text) }
            guard let authority = configuration.certificateAuthority else {
                throw CommandFailure("the kubeconfig names no certificate authority whose hash could be printed")
            }
            let pin = try ControlPlaneDiscovery.pin(of: authority)
            let endpoint = configuration.server.split(separator: "/").last.map(String.init) ?? configuration.server
            print(
                "flotilla register \(endpoint) --token \(token.text) --discovery-token-ca-cert-hash \(pin)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the bootstrap tokens on the server.")

        @OptionGroup var controlPlane: ControlPlaneOptions

        func run() async throws {
            let secrets = try await withClient(try controlPlane.configuration()) { try await BootstrapToken.list(in: $0) }
            let rows = secrets.map { secret -> [String] in
                func text(_ key: String) -> String {
                    let bytes = secret["data", key]?.string.flatMap { Base64.decode($0) } ?? []
                    return String(decoding: bytes, as: UTF8.self)
                }
                let expiration = Timestamp(text("expiration"))
                let usages = BootstrapToken.usages.filter { text("usage-bootstrap-\($0)") == "true" }
                return [
                    "\(text("token-id")).\(text("token-secret"))",
                    expiration.map { GoDuration(.seconds(max(0, ($0 - .now()).components.seconds))).description }
                        ?? "<forever>",
                    expiration?.description ?? "<never>", usages.isEmpty ? "<none>" : usages.joined(separator: ","),
                    text("description").isEmpty ? "<none>" : text("description"),
                    text("auth-extra-groups").isEmpty ? "<none>" : text("auth-extra-groups"),
                ]
            }
            print(Table(["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"], rows))
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete bootstrap tokens on the server.")

        @Argument(help: ArgumentHelp("Tokens, or their first parts.", valueName: "token"))
        var tokens: [String]

        @OptionGroup var controlPlane: ControlPlaneOptions

        func validate() throws {
            if tokens.isEmpty { throw ValidationError("a token is missing.") }
            for token in tokens where BootstrapToken(token) == nil && !BootstrapToken.isID(token) {
                throw ValidationError("given token didn't match pattern \"[a-z0-9]{6}\" or \"[a-z0-9]{6}.[a-z0-9]{16}\"")
            }
        }

        func run() async throws {
            try await withClient(try controlPlane.configuration()) { client in
                for token in tokens {
                    let id = String(token.prefix(6))
                    try await client.delete(.secrets, BootstrapToken.key(id: id))
                    print("bootstrap token \"\(id)\" deleted")
                }
            }
        }
    }
}
