import Testing

/// Exit status 0 on success, 1 on failure with one line on standard error, 2 on wrong usage.
struct UsageTests {
    @Test(arguments: [
        ["simulate", "--taint", "member1=key=value:Sometimes"], ["simulate", "--taint", "member1"], ["simulate", "-f"],
        ["simulate", "--clusters", "clusters.yaml"], ["simulate", "-o", "yaml"], ["explain", "deployment"], ["explain"],
        ["explain", "deployment", "web", "-o", "wide"], ["schedule", "--scenarios", "x"],
        ["schedule", "--scenarios", "x", "--out", "y", "-o", "table"],
        ["schedule", "--scenarios", "x", "--out", "y", "--repeat", "0"],
        ["interpret"], ["interpret", "--check"], ["interpret", "--operation", "fly", "--observed-file", "x"],
        ["interpret", "--operation", "InterpretHealth"], ["interpret", "--operation", "Retain", "--desired-file", "x"],
        ["interpret", "--requests", "x"],
        ["interpret", "--check", "--operation", "InterpretHealth", "--observed-file", "x", "-f", "y"],
        ["get"], ["join"], ["fly"], ["get", "pods", "a", "-A"], ["get", "pods,", "-A"], ["get", "pods", "-C", ""],
        ["logs", "web"], ["exec", "web", "--", "date"], ["logs", "web", "-C", "a", "--since", "-1s"],
        ["token", "create", "--ttl", "-1s"], ["token", "create", "--ttl", "100000h"], ["token", "create", "--ttl", "-"],
        ["unjoin", "member1", "--wait", "0s"],
    ])
    func refusesWrongUsage(_ arguments: [String]) async throws {
        let result = try await Flotilla().run(arguments)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.hasPrefix("Error: "))
        #expect(result.output == "")
    }

    @Test(arguments: [
        (["taint", "clusters", "member1", "a=c:Foo"], "KEY=VALUE:EFFECT, KEY:EFFECT, KEY:EFFECT- or KEY-"),
        (["taint", "clusters", "member1", "a=c:Foo"], "NoSchedule or NoExecute"),
        (["token", "create", "--ttl", "-1s"], "--ttl -1s must not be negative"),
        (["get", "pods", "-C", ""], "the name of a cluster must not be empty"),
        (["logs", "web"], "name the pod's cluster with --cluster"),
        (["register", "https://a:1", "--cluster-name", "a", "--token", "a"], "endpoint \"https://a:1\": must be HOST:PORT"),
    ])
    func saysWhatIsWrong(_ arguments: [String], message: String) async throws {
        let result = try await Flotilla().run(arguments)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test(arguments: [["--help"], ["simulate", "--help"], ["explain", "--help"], ["help", "schedule"]])
    func helps(_ arguments: [String]) async throws {
        let result = try await Flotilla().run(arguments)
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: flotilla"))
        #expect(result.errors == "")
    }

    @Test(arguments: [
        (["explain", "deployment", "web"], "error: no kubeconfig: give --kubeconfig, or set KUBECONFIG"),
        (["explain", "deployment", "web", "--kubeconfig", "none"], "error: none: "),
        (["explain", "deployment", "web", "--profile", "none.yaml"], "error: cannot open none.yaml: No such file or directory"),
        (["simulate", "-f", "none.yaml", "--clusters", "none"], "error: cannot open none.yaml: No such file or directory"),
        (["schedule", "--scenarios", "none", "--out", "out"], "error: cannot open none: No such file or directory"),
        (["interpret", "--requests", "none", "--out", "out"], "error: cannot open none: No such file or directory"),
        // Days are as good as seconds: it is for want of a kubeconfig that these fail.
        (["token", "create", "--ttl", "48h"], "error: no kubeconfig"),
        (["timeline", "deployment", "web", "--since", "8760h"], "error: no kubeconfig"),
        (
            [
                "register", "127.0.0.1:1", "--cluster-name", "a", "--token", "abcdef.0123456789abcdef",
                "--discovery-token-unsafe-skip-ca-verification", "--agent-kubeconfig", "none/agent.conf",
            ], "error: none/agent.conf: No such file or directory"
        ),
    ])
    func failsInOneLine(_ arguments: [String], message: String) async throws {
        let result = try await Flotilla().run(arguments)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix(message), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.output == "")
    }
}
