/// Amounts by resource name (`core/v1.ResourceList`): `cpu`, `memory`, `pods`, `nvidia.com/gpu`, …
public typealias ResourceList = [String: Quantity]

extension ResourceList {
    /// The well-formed amounts; others are passed over.
    public init(_ json: JSON) {
        self.init(minimumCapacity: json.object?.count ?? 0)
        guard let members = json.object else { return }
        for (name, amount) in members { self[name] = try? Quantity(amount) }
    }
}
