import Kubernetes
import Testing

@testable import APIServer

@Suite struct TableTests {
    let now = Timestamp("2026-01-01T01:00:00Z")!

    private func printer(_ group: String, _ resource: String) throws -> TablePrinter {
        let definition = try #require(
            ResourceCatalog.controlPlane.definition(of: GroupResource(group: group, resource: resource)))
        return TablePrinter(definition, version: definition.versions[0].name)
    }

    private func cells(_ printer: TablePrinter, _ object: JSON) -> JSON? {
        printer.row(Object(object), now: now)["cells"]
    }

    @Test(
        arguments: [
            (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (130, "2m10s"), (599, "9m59s"), (600, "10m"),
            (10799, "179m"), (10800, "3h"), (11100, "3h5m"), (28800, "8h"), (172_799, "47h"), (172_800, "2d"), (176_400, "2d1h"),
            (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"), (63_158_400, "2y1d"), (252_288_000, "8y"),
        ] as [(Int64, String)])
    func ages(seconds: Int64, text: String) { #expect(Age.text(seconds: seconds) == text) }

    @Test func everyResourcePrints() {
        for definition in ResourceCatalog.controlPlane.definitions where !definition.isCreateOnly {
            let printer = TablePrinter(definition, version: definition.versions[0].name)
            let object = Object(apiVersion: definition.kind("v1").apiVersion, kind: definition.kind, name: "x")
            let table = printer.table([object], now: now)
            let columns = table["columnDefinitions"]?.array ?? []
            #expect(table["rows"]?[0]?["cells"]?.array?.count == columns.count, "\(definition.groupResource)")
            #expect(columns.contains { $0["format"] == "name" }, "\(definition.groupResource)")
        }
    }

    @Test func tablesOfConfigMaps() throws {
        let printer = try printer("", "configmaps")
        let map: JSON = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "creationTimestamp": "2026-01-01T00:55:00Z"],
            "data": ["k": "v"], "binaryData": ["b": ""],
        ]
        let table = printer.table([Object(map)], metadata: ["resourceVersion": "7"], now: now)
        #expect(table["kind"] == "Table")
        #expect(table["apiVersion"] == "meta.k8s.io/v1")
        #expect(table["metadata", "resourceVersion"] == "7")
        #expect(table["columnDefinitions"]?.array?.map { $0["name"] } == ["Name", "Data", "Age"])
        #expect(table["rows"]?[0]?["cells"] == ["a", 2, "5m"])
        #expect(table["rows"]?[0]?["object", "kind"] == "PartialObjectMetadata")
        #expect(printer.row(Object(map), include: .none, now: now)["object"] == nil)
        #expect(printer.row(Object(map), include: .object, now: now)["object"] == map)
    }

    @Test func deployments() throws {
        let row = cells(
            try printer("apps", "deployments"),
            [
                "metadata": ["name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"],
                "spec": [
                    "replicas": 3, "selector": ["matchLabels": ["app": "web"]],
                    "template": ["spec": ["containers": [["name": "a", "image": "x:1"], ["name": "b", "image": "y:1"]]]],
                ],
                "status": ["readyReplicas": 2, "updatedReplicas": 3],
            ])
        #expect(row == ["web", "2/3", 3, 0, "60m", "a,b", "x:1,y:1", "app=web"])
    }

    @Test func podsTellWhatTheyAreUpTo() throws {
        let printer = try printer("", "pods")
        func status(_ status: JSON, deleted: Bool = false) -> [JSON] {
            var pod: JSON = [
                "metadata": ["name": "p"], "spec": ["containers": [[:], [:]], "initContainers": [[:]]], "status": status,
            ]
            if deleted { pod["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z" }
            return Array(cells(printer, pod)?.array?.dropFirst().prefix(3) ?? [])
        }
        #expect(status(["phase": "Pending"]) == ["0/2", "Pending", "0"])
        let running: JSON = ["ready": true, "state": ["running": [:]], "restartCount": 0]
        #expect(status(["phase": "Running", "containerStatuses": [running, running]]) == ["2/2", "Running", "0"])
        let crashing: JSON = [
            "ready": false, "restartCount": 4, "state": ["waiting": ["reason": "CrashLoopBackOff"]],
            "lastState": ["terminated": ["finishedAt": "2026-01-01T00:59:00Z"]],
        ]
        #expect(
            status(["phase": "Running", "containerStatuses": [running, crashing]]) == ["1/2", "CrashLoopBackOff", "4 (60s ago)"])
        #expect(status(["phase": "Running", "containerStatuses": [running]], deleted: true)[1] == "Terminating")
        #expect(status(["phase": "Pending", "initContainerStatuses": [["state": ["running": [:]]]]])[1] == "Init:0/1")
        #expect(
            status([
                "phase": "Succeeded", "containerStatuses": [["state": ["terminated": ["exitCode": 0, "reason": "Completed"]]]],
            ])[1] == "Completed")
        #expect(
            status(["phase": "Failed", "containerStatuses": [["state": ["terminated": ["exitCode": 3]]]]])[1] == "ExitCode:3")
    }

    @Test func clustersHaveKarmadasColumns() throws {
        let printer = try printer("cluster.karmada.io", "clusters")
        #expect(
            printer.columnDefinitions.array?.map { $0["name"]?.string?.uppercased() } == [
                "NAME", "VERSION", "MODE", "READY", "AGE", "ZONES", "REGION", "PROVIDER", "API-ENDPOINT", "PROXY-URL",
            ])
        #expect(printer.columnDefinitions.array?.map { $0["priority"]?.int } == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
        let row = cells(
            printer,
            [
                "metadata": ["name": "m1", "creationTimestamp": "2026-01-01T00:59:00Z"],
                "spec": ["syncMode": "Push", "zones": ["a", "b"], "apiEndpoint": "https://x"],
                "status": ["kubernetesVersion": "v1.32.0", "conditions": [["type": "Ready", "status": "True"]]],
            ])
        #expect(row == ["m1", "v1.32.0", "Push", "True", "60s", "a,b", "", "", "https://x", ""])
    }

    @Test func customColumnsReadPaths() throws {
        let printer = try printer("work.karmada.io", "works")
        #expect(printer.columnDefinitions.array?.map { $0["name"] } == ["Name", "WORKLOAD-KIND", "APPLIED", "AGE"])
        let work: JSON = [
            "metadata": ["name": "w", "creationTimestamp": "2026-01-01T00:59:50Z"],
            "spec": ["workload": ["manifests": [["kind": "ConfigMap"], ["kind": "Secret"]]]],
            "status": ["conditions": [["type": "Other", "status": "False"], ["type": "Applied", "status": "True"]]],
        ]
        #expect(cells(printer, work) == ["w", "ConfigMap Secret", "True", "10s"])
        #expect(cells(printer, ["metadata": ["name": "w"]]) == JSON.array(["w", .null, .null, .null]))
    }

    @Test(arguments: [
        (".a.b", "1"), (".c[1].d", "\"y\""), (".c[-1].d", "\"y\""), (".c[*].d", "\"x\"|\"y\""), (".c[?(@.d=='y')].e", "5"),
        (".c[?(@.d!=\"y\")].e", "4"), ("['a'].b", "1"), (".f\\.g", "true"), ("{.a.b}", "1"), ("$.a.b", "1"), (".zzz", ""),
    ])
    func paths(path: String, values: String) throws {
        let json: JSON = ["a": ["b": 1], "c": [["d": "x", "e": 4], ["d": "y", "e": 5]], "f.g": true]
        let parsed = try #require(JSONPath(path))
        #expect(parsed.values(in: json).map(\.description).joined(separator: "|") == values)
    }

    @Test(arguments: ["a", ".a[", ".a[?(b)]", ".a[x]", ".a..b", ".a[?(@.b==)]"])
    func wrongPathsAreRefused(path: String) { #expect(JSONPath(path) == nil) }
}
