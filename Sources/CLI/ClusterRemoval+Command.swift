import Client
import Registration

extension ClusterRemoval {
    /// What `unjoin` and `unregister` do.
    /// - Parameter member: nil to leave the accounts in the member.
    func run(from controlPlane: ClientConfiguration, _ member: ClientConfiguration?, isDryRun: Bool) async throws {
        func warn(_ error: any Error) { complain("warning: \(error)") }
        try await withClient(controlPlane) { controlPlane in
            guard let member else { return try await remove(from: controlPlane, nil, isDryRun: isDryRun) }
            try await withClient(member) { try await remove(from: controlPlane, $0, isDryRun: isDryRun, warn: warn) }
        }
        print(isDryRun ? dryRunNotice : "cluster(\(name)) is removed")
    }
}
