import Client
import Interpreter
import Kubernetes

/// What a Work says of its manifests' objects in the member.
struct StatusReflector: Sendable {
    private static let component = "work-status-controller"

    let plane: ControlPlane
    let interpreter: Interpreter

    /// - Parameter ordinal: of the Work's manifests, the one that the object was made from.
    func status(of observed: Object, ordinal: Int, in work: Work) async throws -> Work.ManifestStatus {
        let title = "\(observed.kind)/\(observed.namespace)/\(observed.name)"
        let status: JSON?
        do {
            status = try await interpreter.reflectStatus(observed)
        } catch {
            event(EventReason.reflectStatusFailed, "Reflect status for object(\(title)) failed, err: \(error).", work)
            throw error
        }
        return Work.ManifestStatus(
            identifier: Work.ManifestIdentifier(ordinal: ordinal, observed), status: status,
            health: await health(of: observed, title, work))
    }

    /// Kinds that nobody can judge count as healthy, as Karmada has it.
    private func health(of observed: Object, _ title: String, _ work: Work) async -> String {
        do {
            let health = try await interpreter.health(observed)
            return (health == .unknown ? .healthy : health).rawValue
        } catch {
            event(EventReason.interpretHealthFailed, "Interpret health of object(\(title)) failed, err: \(error).", work)
            return Health.unknown.rawValue
        }
    }

    private func event(_ reason: String, _ message: String, _ work: Work) {
        let subject = ObjectReference(kind: Work.kind, key: work.key, uid: work.uid)
        plane.events.record(.warning, reason, message, about: subject, from: Self.component)
    }
}

extension Work {
    /// Whether the Work says this of a manifest already.
    func has(_ status: ManifestStatus) -> Bool {
        self.status.manifestStatuses.first { $0.identifier == status.identifier } == status
    }
}

extension Object {
    /// Adds to a Work what is said of some of its manifests, or puts it in the place of what was said of them before.
    mutating func setManifestStatuses(_ new: [Work.ManifestStatus]) {
        let identifiers = Set(new.map(\.identifier))
        var statuses = Work.Status(status).manifestStatuses
        statuses.removeAll { identifiers.contains($0.identifier) }
        statuses += new
        statuses.sort { $0.identifier.ordinal < $1.identifier.ordinal }
        status["manifestStatuses"] = .array(statuses.map(\.json))
    }
}
