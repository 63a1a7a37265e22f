import Testing

/// Tests that start the real binaries. One at a time: each wants both cores.
@Suite(.serialized)
enum EndToEnd {}
