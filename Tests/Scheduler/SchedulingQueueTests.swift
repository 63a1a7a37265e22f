import Framework
import Kubernetes
import Plugins
import Testing

@testable import Scheduler

@Suite(.timeLimit(.minutes(1)))
struct SchedulingQueueTests {
    private let queue = SchedulingQueue(sort: PrioritySort(arguments: NoArguments()))

    private func id(_ name: String) -> BindingID { BindingID(namespace: "n", name: name) }

    @Test func ordersByPriorityThenArrival() async {
        queue.add(id("a"), priority: 0)
        queue.add(id("b"), priority: 5)
        queue.add(id("c"), priority: 0)
        queue.add(id("a"), priority: 0)
        #expect(await queue.next(limit: 2).map(\.name) == ["b", "a"])
        #expect(await queue.next(limit: 2).map(\.name) == ["c"])
    }

    @Test func aRaisedPriorityCounts() async {
        queue.add(id("a"), priority: 1)
        queue.add(id("b"), priority: 0)
        queue.add(id("b"), priority: 2)
        #expect(await queue.next(limit: 9).map(\.name) == ["b", "a"])
    }

    @Test func handsOutOnceAndAgainAfterAChange() async {
        queue.add(id("a"), priority: 0)
        #expect(await queue.next(limit: 9) == [id("a")])
        queue.add(id("a"), priority: 0)
        queue.add(id("b"), priority: 0)
        #expect(await queue.next(limit: 9) == [id("b")], "it is still being scheduled")
        queue.finish(id("a"), .done)
        #expect(await queue.next(limit: 9) == [id("a")])
    }

    @Test func theUnschedulableWaitForHelpAndTheirBackoff() async {
        queue.add(id("a"), priority: 0)
        _ = await queue.next(limit: 9)
        queue.finish(id("a"), .unschedulable)
        #expect(queue.helpable == [id("a")])
        let start = ContinuousClock.now
        queue.help(id("a"))
        #expect(await queue.next(limit: 9) == [id("a")])
        #expect(ContinuousClock.now - start > .milliseconds(500), "not before its backoff is over")
    }

    @Test func aChangeOfTheBindingDoesNotWaitForBackoff() async {
        // Enough failures for a backoff that no slow machine is mistaken for.
        for _ in 0..<5 {
            queue.add(id("a"), priority: 0)
            _ = await queue.next(limit: 9)
            queue.finish(id("a"), .failed)
        }
        let start = ContinuousClock.now
        queue.add(id("a"), priority: 0)
        #expect(await queue.next(limit: 9) == [id("a")])
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test func forgetsWhatIsRemoved() async {
        queue.add(id("a"), priority: 0)
        queue.add(id("b"), priority: 0)
        queue.remove(id("a"))
        #expect(await queue.next(limit: 9) == [id("b")])
        queue.remove(id("b"))
        queue.finish(id("b"), .failed)
        #expect(queue.helpable.isEmpty)
    }
}
