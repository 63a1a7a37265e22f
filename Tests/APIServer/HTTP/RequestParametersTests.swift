import Kubernetes
import Testing

@testable import APIServer

@Suite struct RequestParametersTests {
    private func faults(_ query: String, watches: Bool = false) -> [String] {
        let parameters = QueryParameters(parsing: query)
        do throws(APIError) {
            if watches { _ = try parameters.watchRequest(namespace: nil) } else { _ = try parameters.listRequest(namespace: nil) }
            return []
        } catch {
            return error.details?.causes.map { "\($0.field): \($0.message)" } ?? [error.message]
        }
    }

    @Test func versionsOfLists() {
        let match = "resourceVersionMatch"
        #expect(faults("resourceVersion=5&\(match)=Exact") == [])
        #expect(faults("\(match)=Exact") == ["\(match): Forbidden: \(match) is forbidden unless resourceVersion is provided"])
        #expect(
            faults("\(match)=Other&continue=x") == [
                "\(match): Forbidden: \(match) is forbidden unless resourceVersion is provided",
                "\(match): Forbidden: \(match) is forbidden when continue is provided",
                "\(match): Unsupported value: \"Other\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
            ])
        #expect(
            faults("resourceVersion=0&\(match)=Exact") == [
                "\(match): Forbidden: \(match) \"exact\" is forbidden for resourceVersion \"0\""
            ])
        #expect(faults("sendInitialEvents=true") == ["sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"])
        #expect(faults("limit=x") == ["strconv.ParseInt: parsing \"x\": invalid syntax"])
    }

    @Test func versionsOfWatches() {
        let match = "resourceVersionMatch"
        #expect(faults("sendInitialEvents=true&\(match)=NotOlderThan", watches: true) == [])
        #expect(
            faults("sendInitialEvents=true", watches: true) == [
                "\(match): Forbidden: sendInitialEvents requires setting \(match) to NotOlderThan"
            ])
        #expect(
            faults("resourceVersion=5&\(match)=Exact", watches: true) == [
                "\(match): Forbidden: \(match) is forbidden for watch unless sendInitialEvents is provided",
                "\(match): Unsupported value: \"Exact\": supported values: \"NotOlderThan\"",
            ])
    }

    @Test func deletions() {
        #expect(throws: APIError.self) { try QueryParameters(parsing: "gracePeriodSeconds=x").deletionRequest(body: nil) }
        #expect(throws: Never.self) { try QueryParameters(parsing: "gracePeriodSeconds=0").deletionRequest(body: nil) }
    }
}
