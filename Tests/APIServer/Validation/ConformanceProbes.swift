import Glibc
import Kubernetes
import Testing

@testable import APIServer

/// Answers of real control planes, kept beside the repository: a request and what came back.
struct ConformanceProbe: Sendable, CustomTestStringConvertible {
    let name: String
    let request: JSON
    let answer: JSON

    var testDescription: String { name }

    /// The creations among the probes of a set; empty where the set is not there.
    static func creations(_ set: String) -> [ConformanceProbe] {
        let folder = sharedFolder + "/conformance/\(set)/"
        guard let probes = read(folder + "probes.json").flatMap({ try? JSON(parsing: $0) })?.array,
            let lines = read(folder + "expected.jsonl")
        else { return [] }
        var answers: [String: JSON] = [:]
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            if let json = try? JSON(parsing: line), let name = json["name"]?.string { answers[name] = json }
        }
        return probes.compactMap { probe in
            guard probe["method"]?.string == "POST", probe["body"]?.object != nil, let name = probe["name"]?.string,
                let answer = answers[name]
            else { return nil }
            return ConformanceProbe(name: name, request: probe, answer: answer)
        }
    }

    static let sharedFolder: String = {
        // …/Tests/APIServer/Validation/ConformanceProbes.swift, four levels down in the checkout.
        let parts = #filePath.split(separator: "/").dropLast(5)
        return "/" + parts.joined(separator: "/") + "/shared"
    }()

    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }
}
