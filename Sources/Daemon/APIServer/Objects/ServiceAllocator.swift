import Kubernetes
import Store
import Synchronization

/// Hands out the addresses and node ports of Services.
final class ServiceAllocator: Sendable {
    private struct State {
        var addresses: Set<UInt32> = []
        var ports: Set<Int64> = []
    }

    /// 10.96.0.0/12, kubeadm's default; the first address is the API server's own.
    private static let firstAddress: UInt32 = 10 << 24 | 96 << 16
    private static let addressCount: UInt32 = 1 << 20
    private static let nodePorts: ClosedRange<Int64> = 30_000...32_767

    private let state = Mutex(State())
    private static let collection = GroupResource(group: "", resource: "services")

    /// Notes what the services of `store` have.
    init(store: any ObjectStore) throws(StoreError) {
        for service in try store.list(Self.collection, ListQuery()).items { note(service.decoded(), isGone: false) }
    }

    /// Keeps count until the task is cancelled.
    func run(_ store: any ObjectStore) async {
        await store.follow(Self.collection) { event in
            switch event {
            case .reset(let services): for service in services { note(service.decoded(), isGone: false) }
            case .changed(let service): note(service.decoded(), isGone: false)
            case .deleted(let service): note(service.decoded(), isGone: true)
            }
        }
    }

    private func note(_ service: Object, isGone: Bool) {
        state.withLock { state in
            for address in service.spec["clusterIPs"]?.strings.compactMap(Self.parse) ?? [] {
                if isGone { state.addresses.remove(address) } else { state.addresses.insert(address) }
            }
            for port in service.spec["ports"]?.array?.compactMap({ $0["nodePort"]?.integer }) ?? [] {
                if isGone { state.ports.remove(port) } else { state.ports.insert(port) }
            }
        }
    }

    /// Gives a service what its type needs and it does not name; what it had, it keeps.
    func allocate(for service: inout Object, old: Object?) throws(APIError) {
        let type = service.spec["type"]?.string ?? "ClusterIP"
        guard type != "ExternalName" else { return }
        try allocateAddress(for: &service, old: old)
        if type == "NodePort" || type == "LoadBalancer" { try allocatePorts(for: &service, old: old) }
    }

    private func allocateAddress(for service: inout Object, old: Object?) throws(APIError) {
        let wanted = service.spec["clusterIP"]?.string ?? ""
        let before = old?.spec["clusterIP"]?.string ?? ""
        if wanted.isEmpty, !before.isEmpty {
            service.spec["clusterIP"] = .string(before)
        } else if wanted.isEmpty {
            service.spec["clusterIP"] = .string(try takeAddress(for: service))
        } else if wanted != before, wanted != "None" {
            try take(wanted, for: service)
        }
        let address = service.spec["clusterIP"] ?? .null
        if service.spec["clusterIPs"]?.array?.first != address { service.spec["clusterIPs"] = [address] }
        if service.spec["ipFamilies"] == nil { service.spec["ipFamilies"] = old?.spec["ipFamilies"] ?? ["IPv4"] }
        if service.spec["ipFamilyPolicy"] == nil { service.spec["ipFamilyPolicy"] = old?.spec["ipFamilyPolicy"] ?? "SingleStack" }
    }

    private func takeAddress(for service: Object) throws(APIError) -> String {
        let address: UInt32? = state.withLock { state in
            guard state.addresses.count < Int(Self.addressCount) / 2 else { return nil }
            // At most half are taken, so a few draws find a free one.
            while true {
                let candidate = Self.firstAddress + UInt32.random(in: 2..<Self.addressCount - 1)
                if state.addresses.insert(candidate).inserted { return candidate }
            }
        }
        guard let address else {
            throw Self.refusal(service, "spec.clusterIPs", .null, "failed to allocate an IP: range is full")
        }
        return [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }.joined(separator: ".")
    }

    private func take(_ text: String, for service: Object) throws(APIError) {
        guard let address = Self.parse(text) else { return }  // not IPv4: validation's business
        guard (Self.firstAddress..<Self.firstAddress + Self.addressCount).contains(address) else {
            throw Self.refusal(
                service, "spec.clusterIPs", [.string(text)],
                "failed to allocate IP \(text): the provided IP (\(text)) is not in the valid range. "
                    + "The range of valid IPs is 10.96.0.0/12")
        }
        guard state.withLock({ $0.addresses.insert(address).inserted }) else {
            throw Self.refusal(
                service, "spec.clusterIPs", [.string(text)], "failed to allocate IP \(text): provided IP is already allocated")
        }
    }

    private func allocatePorts(for service: inout Object, old: Object?) throws(APIError) {
        let before = old?.spec["ports"]?.array ?? []
        var ports = service.spec["ports"]?.array ?? []
        for index in ports.indices where (ports[index]["nodePort"]?.integer ?? 0) == 0 {
            let kept = before.first { $0["port"] == ports[index]["port"] && $0["protocol"] == ports[index]["protocol"] }
            var port = kept?["nodePort"]?.integer ?? 0
            if port == 0 { port = try takePort(for: service) }
            ports[index]["nodePort"] = .integer(port)
        }
        service.spec["ports"] = .array(ports)
    }

    private func takePort(for service: Object) throws(APIError) -> Int64 {
        let port: Int64? = state.withLock { state in
            let free = Self.nodePorts.filter { !state.ports.contains($0) }
            guard let port = free.randomElement() else { return nil }
            state.ports.insert(port)
            return port
        }
        guard let port else {
            throw Self.refusal(service, "spec.ports[0].nodePort", 0, "failed to allocate a nodePort: range is full")
        }
        return port
    }

    private static func refusal(_ service: Object, _ field: String, _ value: JSON, _ why: String) -> APIError {
        .invalid(
            GroupVersionKind(group: "", version: "v1", kind: "Service"), name: service.name,
            [.init(reason: "FieldValueInvalid", message: "Invalid value: \(value): \(why)", field: field)])
    }

    /// The address as a number; nil for anything but IPv4.
    private static func parse(_ text: String) -> UInt32? {
        guard let bytes = IPAddress.bytes(of: text), bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
