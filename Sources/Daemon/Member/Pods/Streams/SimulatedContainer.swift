import Kubernetes

/// A container that does not run, as far as commands in it can see.
struct SimulatedContainer: Sendable {
    let name: String
    let pod: String
    let environment: [(name: String, value: String)]

    /// - Parameter name: nil where the pod has one container only, or says which is meant.
    init(named name: String?, of pod: Pod) throws(APIError) {
        let object = pod.object.decoded()
        let containers = object.spec["containers"]?.array ?? []
        let names = containers.compactMap { $0["name"]?.string }
        let wanted = name.flatMap { $0.isEmpty ? nil : $0 } ?? object.annotations["kubectl.kubernetes.io/default-container"]
        if let wanted, !names.contains(wanted) {
            throw .badRequest("container \(wanted) is not valid for pod \(pod.key.name)")
        }
        guard let chosen = wanted ?? (names.count == 1 ? names[0] : nil),
            let container = containers.first(where: { $0["name"]?.string == chosen })
        else {
            let choice = "choose one of: [\(names.joined(separator: " "))]"
            throw .badRequest("a container name must be specified for pod \(pod.key.name), \(choice)")
        }
        self.name = chosen
        self.pod = pod.key.name
        let own = (container["env"]?.array ?? []).compactMap { variable in
            variable["name"]?.string.map { (name: $0, value: variable["value"]?.string ?? "") }
        }
        environment =
            [("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("HOSTNAME", pod.key.name)] + own
    }

    /// What its log says, again and again.
    var logLine: String { "\(pod) \(name): a simulated container\n" }

    var files: [String: String] { ["/etc/hostname": pod + "\n"] }
}

/// What a command in a simulated container does.
enum SimulatedCommand: Equatable {
    /// Says something and ends.
    case result(output: String = "", errors: String = "", exitCode: Int32 = 0)
    /// Says what it hears until it hears no more.
    case copyInput
    case sleep(Duration)
    /// Never ends by itself.
    case log

    /// - Parameter arguments: the command's name before them.
    init(_ arguments: [String], in container: SimulatedContainer) {
        let rest = Array(arguments.dropFirst())
        switch arguments.first.map({ $0.split(separator: "/").last.map(String.init) ?? $0 }) {
        case "echo": self = .result(output: rest.joined(separator: " ") + "\n")
        case "env", "printenv":
            self = .result(output: container.environment.map { "\($0.name)=\($0.value)\n" }.joined())
        case "hostname": self = .result(output: container.pod + "\n")
        case "pwd": self = .result(output: "/\n")
        case "true": self = .result()
        case "false": self = .result(exitCode: 1)
        case "cat": self = Self.concatenate(rest, container)
        case "sleep":
            // As long as a day at most, like no test and no demonstration.
            guard let seconds = rest.first.flatMap(Double.init), 0...86_400 ~= seconds else {
                self = .result(errors: "sleep: invalid time interval\n", exitCode: 1)
                return
            }
            self = .sleep(.seconds(seconds))
        case "sh" where rest.count == 2 && rest[0] == "-c": self = Self.shell(rest[1], container)
        case let name: self = .result(errors: "\(name ?? ""): command not found\n", exitCode: 127)
        }
    }

    private static func concatenate(_ files: [String], _ container: SimulatedContainer) -> Self {
        if files.isEmpty || files == ["-"] { return .copyInput }
        var (output, errors) = ("", "")
        for file in files {
            if let text = container.files[file] { output += text } else { errors += "cat: \(file): No such file or directory\n" }
        }
        return .result(output: output, errors: errors, exitCode: errors.isEmpty ? 0 : 1)
    }

    /// A shell that knows words, `>&2` and `exit`, and no more.
    private static func shell(_ script: String, _ container: SimulatedContainer) -> Self {
        var (output, errors, last) = ("", "", Int32(0))
        for line in script.split(whereSeparator: { $0 == ";" || $0 == "\n" }) {
            var words = line.split(separator: " ").map(String.init)
            guard let first = words.first else { continue }
            if first == "exit" {
                let code = words.dropFirst().first.flatMap { Int32($0) } ?? last
                return .result(output: output, errors: errors, exitCode: code)
            }
            let isError = words.last == ">&2"
            if isError { words.removeLast() }
            guard case .result(let said, let complaint, let code) = SimulatedCommand(words, in: container) else {
                return .result(output: output, errors: errors + "sh: \(first): not in a simulated shell\n", exitCode: 126)
            }
            if isError { errors += said } else { output += said }
            errors += complaint
            last = code
        }
        return .result(output: output, errors: errors, exitCode: last)
    }
}
