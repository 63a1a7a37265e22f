/// The pattern-defeating quicksort of Orson Peters, as Go's `sort.Sort` has it.
///
/// It is not stable: it leaves equal elements in an order that only the algorithm explains. Where replicas go to as few
/// clusters as can take them, and the last of these is one of several with equal room, Karmada takes the one that its sort
/// happened to put first. To choose the same, the same steps are needed; nothing else should use this.
struct PatternDefeatingSort<Element> {
    private var elements: [Element]
    private let precedes: (Element, Element) -> Bool

    static func sorted(_ elements: [Element], by precedes: @escaping (Element, Element) -> Bool) -> [Element] {
        var sort = PatternDefeatingSort(elements: elements, precedes: precedes)
        sort.sort(0, elements.count, limit: Int.bitWidth - elements.count.leadingZeroBitCount)
        return sort.elements
    }

    private init(elements: [Element], precedes: @escaping (Element, Element) -> Bool) {
        self.elements = elements
        self.precedes = precedes
    }

    private func less(_ left: Int, _ right: Int) -> Bool { precedes(elements[left], elements[right]) }

    /// Sorts `start..<end`.
    /// - Parameter limit: how many bad pivots are put up with before heap sort takes over.
    private mutating func sort(_ start: Int, _ end: Int, limit: Int) {
        var start = start
        var end = end
        var limit = limit
        var wasBalanced = true
        var wasPartitioned = true
        while end - start > 12 {
            let count = end - start
            if limit == 0 { return heapSort(start, end) }
            if !wasBalanced {
                breakPatterns(start, end)
                limit -= 1
            }
            var (pivot, order) = choosePivot(start, end)
            if order == .descending {
                elements[start..<end].reverse()
                pivot = end - 1 - (pivot - start)
                order = .ascending
            }
            if wasBalanced, wasPartitioned, order == .ascending, finishNearlySorted(start, end) { return }
            if start > 0, !less(start - 1, pivot) {
                start = splitOffEqual(start, end, pivot)
                continue
            }
            let middle: Int
            (middle, wasPartitioned) = partition(start, end, pivot)
            let left = middle - start
            let right = end - middle
            wasBalanced = min(left, right) >= count / 8
            if left < right {
                sort(start, middle, limit: limit)
                start = middle + 1
            } else {
                sort(middle + 1, end, limit: limit)
                end = middle
            }
        }
        insertionSort(start, end)
    }

    private mutating func insertionSort(_ start: Int, _ end: Int) {
        for index in start..<end {
            var position = index
            while position > start, less(position, position - 1) {
                elements.swapAt(position, position - 1)
                position -= 1
            }
        }
    }

    private mutating func heapSort(_ start: Int, _ end: Int) {
        let count = end - start
        for root in stride(from: (count - 1) / 2, through: 0, by: -1) { sink(root, count, from: start) }
        for last in stride(from: count - 1, through: 0, by: -1) {
            elements.swapAt(start, start + last)
            sink(0, last, from: start)
        }
    }

    private mutating func sink(_ root: Int, _ count: Int, from start: Int) {
        var root = root
        while 2 * root + 1 < count {
            var child = 2 * root + 1
            if child + 1 < count, less(start + child, start + child + 1) { child += 1 }
            guard less(start + root, start + child) else { return }
            elements.swapAt(start + root, start + child)
            root = child
        }
    }

    // MARK: Pivots

    private enum Order { case ascending, descending, unknown }

    private func choosePivot(_ start: Int, _ end: Int) -> (Int, Order) {
        let count = end - start
        let quarter = count / 4
        var swaps = 0
        func median(_ first: Int, _ second: Int, _ third: Int) -> Int {
            var (low, middle, high) = (first, second, third)
            if less(middle, low) { (low, middle, swaps) = (middle, low, swaps + 1) }
            if less(high, middle) { (middle, high, swaps) = (high, middle, swaps + 1) }
            if less(middle, low) { (low, middle, swaps) = (middle, low, swaps + 1) }
            return middle
        }
        var points = (start + quarter, start + quarter * 2, start + quarter * 3)
        if count >= 50 {
            points = (
                median(points.0 - 1, points.0, points.0 + 1), median(points.1 - 1, points.1, points.1 + 1),
                median(points.2 - 1, points.2, points.2 + 1)
            )
        }
        let pivot = median(points.0, points.1, points.2)
        return (pivot, swaps == 0 ? .ascending : swaps == 12 ? .descending : .unknown)
    }

    /// Elements that precede the pivot go before it, the others after it.
    private mutating func partition(_ start: Int, _ end: Int, _ pivot: Int) -> (middle: Int, wasPartitioned: Bool) {
        elements.swapAt(start, pivot)
        var low = start + 1
        var high = end - 1
        var swaps = 0
        while true {
            while low <= high, less(low, start) { low += 1 }
            while low <= high, !less(high, start) { high -= 1 }
            guard low <= high else { break }
            elements.swapAt(low, high)
            swaps += 1
            low += 1
            high -= 1
        }
        elements.swapAt(high, start)
        return (high, swaps == 0)
    }

    /// Elements equal to the pivot go to the front; none precedes it. Returns where the others begin.
    private mutating func splitOffEqual(_ start: Int, _ end: Int, _ pivot: Int) -> Int {
        elements.swapAt(start, pivot)
        var low = start + 1
        var high = end - 1
        while true {
            while low <= high, !less(start, low) { low += 1 }
            while low <= high, less(start, high) { high -= 1 }
            guard low <= high else { return low }
            elements.swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    // MARK: Patterns

    /// Puts at most five elements into their places; false where these were not all that were out of it.
    private mutating func finishNearlySorted(_ start: Int, _ end: Int) -> Bool {
        var index = start + 1
        for _ in 0..<5 {
            while index < end, !less(index, index - 1) { index += 1 }
            if index == end { return true }
            if end - start < 50 { return false }
            elements.swapAt(index, index - 1)
            if index - start >= 2 {
                for position in stride(from: index - 1, through: 1, by: -1) {
                    guard less(position, position - 1) else { break }
                    elements.swapAt(position, position - 1)
                }
            }
            if end - index >= 2 {
                for position in index + 1..<end {
                    guard less(position, position - 1) else { break }
                    elements.swapAt(position, position - 1)
                }
            }
        }
        return false
    }

    /// Scatters three elements of the middle, by numbers that depend on the count alone (Marsaglia's xorshift).
    private mutating func breakPatterns(_ start: Int, _ end: Int) {
        let count = end - start
        var random = UInt64(count)
        let mask = UInt64(1) << UInt64(Int.bitWidth - count.leadingZeroBitCount) - 1
        let middle = start + count / 4 * 2 - 1
        for offset in 0..<3 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            var other = Int(random & mask)
            if other >= count { other -= count }
            elements.swapAt(middle - 1 + offset, start + other)
        }
    }
}
