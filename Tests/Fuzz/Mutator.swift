/// Makes inputs out of others by small changes, the same ones for the same seed.
struct Mutator {
    private static let longest = 64 << 10
    private static let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x7B, 0x7D, 0x5B, 0x5D, 0x2C, 0x3A, 0x0A, 0x20, 0x25, 0x2D]

    private var random: SplitMix64
    private let dictionary: [[UInt8]]

    init(seed: UInt64, dictionary: [String]) {
        random = SplitMix64(state: seed)
        self.dictionary = dictionary.map { Array($0.utf8) }
    }

    mutating func mutate(_ corpus: [[UInt8]]) -> [UInt8] {
        guard var input = corpus.randomElement(using: &random) else { return [] }
        for _ in 0..<Int.random(in: 1...6, using: &random) { change(&input, corpus) }
        return input.count > Self.longest ? Array(input.prefix(Self.longest)) : input
    }

    private mutating func change(_ input: inout [UInt8], _ corpus: [[UInt8]]) {
        let position = Int.random(in: 0...input.count, using: &random)
        let range = position..<min(input.count, position + Int.random(in: 1...16, using: &random))
        switch Int.random(in: 0..<10, using: &random) {
        case 0 where position < input.count: input[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where position < input.count: input[position] = Self.interesting.randomElement(using: &random) ?? 0
        case 2: input.insert(UInt8.random(in: 0...255, using: &random), at: position)
        case 3: input.removeSubrange(range)
        case 4: input.insert(contentsOf: input[range], at: position)
        case 5:
            // Many of the same: nesting, long numbers.
            let piece = Array(input[range])
            let times = Int.random(in: 2...2000, using: &random)
            input.insert(contentsOf: Array(repeating: piece, count: times).joined().prefix(Self.longest), at: position)
        case 6, 7:
            if let word = dictionary.randomElement(using: &random) { input.insert(contentsOf: word, at: position) }
        case 8:
            // The beginning of this one, the end of another.
            guard let other = corpus.randomElement(using: &random) else { return }
            input = Array(input[..<position]) + other.dropFirst(Int.random(in: 0...other.count, using: &random))
        default: input = Array(input[..<position])
        }
    }
}

/// Numbers that a seed determines.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
