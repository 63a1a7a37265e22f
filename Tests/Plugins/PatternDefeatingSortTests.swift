import Testing

@testable import Plugins

struct PatternDefeatingSortTests {
    @Test func sorts() {
        var random = SeededRandom(seed: 6)
        for _ in 0..<600 {
            let count = Int.random(in: 0...300, using: &random)
            let limit = [2, 20, 1_000_000].randomElement(using: &random) ?? 2
            var numbers = (0..<count).map { _ in Int.random(in: 0...limit, using: &random) }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: numbers.sort()
            case 1: numbers.sort(by: >)
            case 2: numbers = numbers.sorted() + numbers
            default: break
            }
            #expect(PatternDefeatingSort.sorted(numbers, by: <) == numbers.sorted())
        }
    }

    @Test func sortsWhatDefeatsPlainQuicksort() {
        let organPipe = Array(0..<500) + (0..<500).reversed()
        #expect(PatternDefeatingSort.sorted(organPipe, by: <) == organPipe.sorted())
        let sawtooth = (0..<1000).map { $0 % 7 }
        #expect(PatternDefeatingSort.sorted(sawtooth, by: <) == sawtooth.sorted())
    }

    @Test func isStableForFewAndForSortedElements() {
        let few = [3, 1, 2, 1, 3, 2].enumerated().map { ($1, $0) }
        #expect(PatternDefeatingSort.sorted(few) { $0.0 < $1.0 }.map(\.1) == [1, 3, 2, 5, 0, 4])
        let sorted = (0..<100).map { ($0 / 10, $0) }
        #expect(PatternDefeatingSort.sorted(sorted) { $0.0 < $1.0 }.map(\.1) == Array(0..<100))
    }
}
