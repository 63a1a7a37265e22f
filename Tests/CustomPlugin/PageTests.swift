import Foundation
import Testing

/// Holds docs/custom-plugin.md to what is compiled and run here: each file of the page is, to the letter, the one of this folder.
struct PageTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// The fenced blocks whose fence names a file (```` ```swift Thrifty.swift ````), by that name.
    private static func blocks() throws -> [String: String] {
        let page = folder.appending(path: "../../docs/custom-plugin.md")
        var blocks: [String: String] = [:]
        var name: String?
        var lines: [Substring] = []
        for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```", let file = name {
                blocks[file] = lines.joined(separator: "\n") + "\n"
                name = nil
            } else if name != nil {
                lines.append(line)
            } else if line.hasPrefix("```"), let file = line.split(separator: " ").dropFirst().first {
                name = String(file)
                lines = []
            }
        }
        return blocks
    }

    @Test(arguments: ["Thrifty.swift", "profile.yaml", "ThriftyTests.swift"])
    func showsTheFileAsItIs(_ name: String) throws {
        let shown = try #require(try Self.blocks()[name], "the page does not show \(name)")
        #expect(shown == (try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)))
    }

    @Test func showsNoOtherFiles() throws {
        #expect(try Self.blocks().keys.sorted() == ["Thrifty.swift", "ThriftyTests.swift", "profile.yaml"])
    }

    @Test func keepsThePluginShort() throws {
        let lines = try #require(try Self.blocks()["Thrifty.swift"]).split(separator: "\n")
        #expect(lines.count < 40)
    }
}
