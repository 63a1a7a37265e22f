import Kubernetes
import Synchronization
import Telemetry
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(1))) struct FlowControlTests {
    /// Work that goes on until it is let go, and notes who did it.
    private final class Gate: Sendable {
        private struct State {
            var started: [String] = []
            var waiting: [CheckedContinuation<Void, Never>] = []
        }
        private let state = Mutex(State())

        var started: [String] { state.withLock { $0.started } }

        func pass(_ user: String) async {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.started.append(user)
                    state.waiting.append(continuation)
                }
            }
        }

        func letOneGo() {
            let next: CheckedContinuation<Void, Never>? = state.withLock { state in
                state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            }
            next?.resume()
        }
    }

    private func start(_ user: String, _ control: FlowControl, _ gate: Gate, verb: String = "create") -> Task<Bool, Never> {
        Task {
            do throws(APIError) {
                let info = UserInfo(name: user)
                try await control.withPlace(for: info, verb: verb) { () throws(APIError) in await gate.pass(user) }
                return true
            } catch {
                #expect(error.code == 429)
                #expect(error.details?.retryAfterSeconds == 1)
                return false
            }
        }
    }

    private let metrics = MetricsRegistry()

    private func shows(_ line: String) -> Bool { metrics.text.contains(line + "\n") }

    @Test func usersTakeTurns() async throws {
        let control = FlowControl(.init(readOnly: 1, mutating: 1), metrics, patience: .seconds(50))
        let gate = Gate()
        var tasks = [start("greedy", control, gate)]
        #expect(await eventually { gate.started.count == 1 })
        for count in 1...3 {
            tasks.append(start("greedy", control, gate))
            #expect(await eventually { shows("apiserver_current_inqueue_requests{request_kind=\"mutating\"} \(count)") })
        }
        tasks.append(start("modest", control, gate))
        #expect(await eventually { shows("apiserver_current_inqueue_requests{request_kind=\"mutating\"} 4") })
        // Reading has places of its own.
        let reader = start("greedy", control, gate, verb: "list")
        #expect(await eventually { gate.started.count == 2 })
        let finishing = Task {
            while !Task.isCancelled {
                gate.letOneGo()
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        defer { finishing.cancel() }
        for task in tasks + [reader] { #expect(await task.value) }
        // Whoever waits alone does not wait behind all of the others.
        #expect(gate.started.filter { $0 == "modest" }.count == 1)
        let order = gate.started.enumerated().filter { $0.offset != 1 }.map(\.element)
        #expect(order.firstIndex(of: "modest") == 2)
    }

    @Test func aFullQueueRefuses() async throws {
        let control = FlowControl(.init(readOnly: 1, mutating: 1), metrics, patience: .seconds(50))
        let gate = Gate()
        var tasks = [start("a", control, gate)]
        #expect(await eventually { gate.started.count == 1 })
        // One place, four who wait, and one too many.
        for _ in 0..<5 { tasks.append(start("a", control, gate)) }
        let refused = "apiserver_flowcontrol_rejected_requests_total{request_kind=\"mutating\",reason=\"queue-full\"} 1"
        #expect(await eventually { shows(refused) })
        #expect(shows("apiserver_current_inqueue_requests{request_kind=\"mutating\"} 4"))
        // Others may still wait.
        let other = start("b", control, gate)
        #expect(await eventually { shows("apiserver_current_inqueue_requests{request_kind=\"mutating\"} 5") })
        for count in 2...7 {
            gate.letOneGo()
            _ = await eventually { gate.started.count >= min(count, 6) }
        }
        var successes = 0
        for task in tasks + [other] { if await task.value { successes += 1 } }
        #expect(successes == 6)
        #expect(shows("apiserver_current_inflight_requests{request_kind=\"mutating\"} 0"))
    }

    @Test func waitingEnds() async throws {
        let control = FlowControl(.init(readOnly: 1, mutating: 1), metrics, patience: .milliseconds(20))
        let gate = Gate()
        let first = start("a", control, gate)
        #expect(await eventually { gate.started.count == 1 })
        #expect(await start("b", control, gate).value == false)
        #expect(shows("apiserver_flowcontrol_rejected_requests_total{request_kind=\"mutating\",reason=\"time-out\"} 1"))
        gate.letOneGo()
        #expect(await first.value)
    }

    /// An administrator gets through a flood.
    @Test func mastersDoNotWait() async throws {
        let control = FlowControl(.init(readOnly: 1, mutating: 1), metrics, patience: .seconds(50))
        let gate = Gate()
        let first = start("a", control, gate)
        #expect(await eventually { gate.started.count == 1 })
        let master = UserInfo(name: "root", groups: ["system:masters"])
        #expect(try await control.withPlace(for: master, verb: "create") { () throws(APIError) in true })
        #expect(shows("apiserver_current_inflight_requests{request_kind=\"mutating\"} 1"))
        gate.letOneGo()
        #expect(await first.value)
    }
}
