import Testing

@testable import Kubernetes

@Suite struct FieldNumbersTests {
    @Test func readsMarksNumbersAndContinuedLines() throws {
        let numbers = FieldNumbers("x.v1", "First: a\nOther: name! 4 +Inner next\n    last!(a,b)\nInner:\n")
        let entries = try #require(numbers.entries(of: "Other"))
        #expect(
            entries == [
                .init(number: 1, name: "name", keepsZero: true, isEmbedded: false),
                .init(number: 4, name: "Inner", keepsZero: false, isEmbedded: true),
                .init(number: 5, name: "next", keepsZero: false, isEmbedded: false),
                .init(number: 6, name: "last", keepsZero: true, isEmbedded: false, alternatives: ["a", "b"]),
            ])
        #expect(numbers.entries(of: "Inner") == [])
        #expect(numbers.entries(of: "Oth") == nil)
    }

    /// A member that one side has and the other has not would be lost without a word.
    @Test func everyMemberOfTheSchemaHasANumber() throws {
        let schemas = SchemaLibrary(modules: SchemaModule.all)
        var total = 0
        for numbers in FieldNumbers.all {
            for type in schemas.typeNames(in: numbers.module) {
                let name = type[type.index(after: try #require(type.lastIndex(of: ".")))...]
                let members = try names(numbers, name)
                let declared = Set(schemas.type(named: type)?.object?.fields.map(\.name) ?? [])
                #expect(Set(members).count == members.count, "\(type) has a member twice")
                #expect(declared.subtracting(members).isSubset(of: ["apiVersion", "kind"]), "\(type)")
                #expect(Set(members).isSubset(of: declared), "\(type)")
                total += members.count
            }
        }
        #expect(total > 1900)
    }

    private func names(_ numbers: FieldNumbers, _ message: Substring) throws -> [String] {
        let entries = try #require(numbers.entries(of: message), "\(numbers.module).\(message)")
        #expect(Set(entries.map(\.number)).count == entries.count, "\(numbers.module).\(message) has a number twice")
        return try entries.flatMap { $0.isEmbedded ? try names(numbers, $0.name) : [String($0.name)] }
    }
}
