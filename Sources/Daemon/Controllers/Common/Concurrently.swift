/// Does something with each item, many at a time: none waits for another to be durable.
/// - Returns: the results, in the items' order.
/// - Throws: an `AggregateError` of all that failed, in the items' order.
func concurrently<Item: Sendable, Result: Sendable>(
    _ items: [Item], atMost limit: Int = 64, _ work: @escaping @Sendable (Item) async throws -> Result
) async throws -> [Result] {
    let outcomes = await withTaskGroup(of: (Int, Swift.Result<Result, any Error>).self) { group in
        var outcomes: [(Int, Swift.Result<Result, any Error>)] = []
        for (place, item) in items.enumerated() {
            if place >= limit, let outcome = await group.next() { outcomes.append(outcome) }
            group.addTask {
                do {
                    return (place, .success(try await work(item)))
                } catch {
                    return (place, .failure(error))
                }
            }
        }
        for await outcome in group { outcomes.append(outcome) }
        return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
    }
    try AggregateError.throwUnlessEmpty(outcomes.compactMap { if case .failure(let error) = $0 { error } else { nil } })
    return outcomes.compactMap { try? $0.get() }
}
